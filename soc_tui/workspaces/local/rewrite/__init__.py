"""KQL that duckdb-kql cannot translate, written in forms that it can."""
