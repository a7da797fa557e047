"""Checks findings against the rows they cite and merges duplicates."""
