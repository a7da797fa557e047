"""The way of one hunt, step after step."""
