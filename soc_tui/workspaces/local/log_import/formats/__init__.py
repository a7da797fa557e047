"""Formats that are no tables: each module reads one as events, a dict each."""
