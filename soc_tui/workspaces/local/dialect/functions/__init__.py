"""Kusto's functions in Python, by what they are about."""
