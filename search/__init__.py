"""The read side: queries over the articles, one article, new articles as they come, counts and tops."""
