"""Local work on result rows: sort, filter, count, unfold, copy, export.

Pure functions on `Rows`; heavy libraries (pyarrow) are imported when first used.
"""
