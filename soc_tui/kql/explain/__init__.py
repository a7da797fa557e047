"""A query in plain words, line by line."""
