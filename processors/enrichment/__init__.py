"""What is read out of a text beyond its names: dates, places, quotes, folded names, a summary. Pure functions."""
