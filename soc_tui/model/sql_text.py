"""Names and strings in SQL text, so that no text gets out of its quotes."""


def quoted_name(name: str) -> str:
    """`name` as an SQL identifier (DuckDB, SQLite)."""
    return '"' + name.replace('"', '""') + '"'


def quoted_text(text: str) -> str:
    """`text` as an SQL string (DuckDB, SQLite)."""
    return "'" + text.replace("'", "''") + "'"
