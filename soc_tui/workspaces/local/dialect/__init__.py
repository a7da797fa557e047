"""What duckdb_kql has not, or has otherwise than Kusto: added to it, and noted with its version."""
