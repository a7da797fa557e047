"""What is done with the rows of an answer on this machine: arrange, count, unfold, copy, export.

Pure functions on `Rows`; heavy libraries (pyarrow) are imported when first used.
"""
