"""Logs in a DuckDB file: KQL is rewritten, translated to SQL and run on this machine."""
