"""An operator of ours among those of duckdb_kql."""

from __future__ import annotations

from duckdb_kql import KqlUnsupportedError, ir, schema


class LocalOperator(ir.Operator):
    """An operator of ours among those of duckdb_kql."""

    def in_group(self, group: str, word: str) -> ir.Operator:
        """The same within the groups that a hidden column names; `word` has it in its query."""
        raise KqlUnsupportedError(word)

    def sql(self, source: str, columns: list[str] | None) -> str:
        """The SELECT over a table or stage of this name."""
        raise NotImplementedError

    def columns(self, columns: list[str], known: schema.Schema | None) -> list[str]:
        """The columns behind it."""
        return columns


def needed(columns: list[str] | None, word: str) -> list[str]:
    """The columns, where an operator must know them."""
    if columns is None:
        raise KqlUnsupportedError(word, hint="its columns are not known here")
    return columns
