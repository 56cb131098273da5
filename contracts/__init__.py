"""What every stage agrees on: messages, identity, topics, settings and errors. Pure values, no network."""
