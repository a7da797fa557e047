"""Exported files read into temporary tables, each kind by DuckDB's own reader where it has one."""
