"""Checking findings against the rows they cite, and merging those that are the same."""
