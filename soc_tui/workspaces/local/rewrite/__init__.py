"""Rewrites KQL that duckdb-kql cannot translate into KQL it can."""
