"""Finds the intruder's rows in labeled logs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from soc_tui.analysts.offline.sigma.scoring import ORDINARY
from soc_tui.analysts.packing.cell_text import cell_text
from soc_tui.demo import truth
from soc_tui.model.errors import ConfigError
from soc_tui.model.rows import Rows

_ORDINARY_WORDS = frozenset(
    {"", "0", "false", "no", "none", "null", "n/a", "-", "benign", "normal", "background"}
)


class Labels(Protocol):
    """Tells the labels of rows."""

    def columns(self, table: str) -> Collection[str]:
        """Columns by which it tells them."""
        ...

    def of(self, table: str, rows: Rows) -> list[str] | None:
        """A label for each row, `ORDINARY` for most; None when the table has none."""
        ...


@dataclass(frozen=True, slots=True)
class ColumnLabels:
    """Rows are labelled where a column has one of the values.

    Attributes:
        tests: Column and value (letter case does not matter); without a value, any value counts
            that does not mean "no".
    """

    tests: tuple[tuple[str, str | None], ...]

    @classmethod
    def read(cls, texts: Iterable[str]) -> ColumnLabels:
        """From `COLUMN=VALUE` or `COLUMN`. Raises ConfigError."""
        tests: list[tuple[str, str | None]] = []
        for text in texts:
            column, equals, value = (part.strip() for part in text.partition("="))
            if not column:
                raise ConfigError(
                    f"{text!r} names no column.",
                    "Give labels as COLUMN=VALUE or COLUMN.",
                    "For example: --labels Label=malicious",
                )
            tests.append((column, value.casefold() if equals else None))
        return cls(tuple(tests))

    def columns(self, table: str) -> Collection[str]:
        """The columns named."""
        return tuple(dict.fromkeys(column for column, _ in self.tests))

    def of(self, table: str, rows: Rows) -> list[str] | None:
        """`COLUMN=value` of the first test that a row passes."""
        tests = [test for test in self.tests if test[0] in rows.column_names]
        if not tests:
            return None
        labels = [ORDINARY] * rows.count
        for column, value in tests:
            for row, text in enumerate(_texts(rows, column)):
                if labels[row] == ORDINARY and _passes(text, value):
                    labels[row] = f"{column}={text}"
        return labels


class DemoLabels:
    """The ground truth of the demo workspace: the stage that a row belongs to."""

    OTHER = "other intruder activity"

    def columns(self, table: str) -> Collection[str]:
        """Columns that the truth is told by."""
        return truth.columns_of(table)

    def of(self, table: str, rows: Rows) -> list[str] | None:
        """The first stage of each of the intruder's rows."""
        names = [name for name in self.columns(table) if name in rows.column_names]
        return [self._label(table, row) for row in rows.table.select(names).to_pylist()]

    def _label(self, table: str, row: dict[str, object]) -> str:
        if not truth.is_intruder_row(table, row):
            return ORDINARY
        stages = truth.stages_of(table, row)
        return stages[0].name if stages else self.OTHER


def _texts(rows: Rows, column: str) -> Sequence[str]:
    position = rows.column_names.index(column)
    kind = rows.columns[position].type
    return [cell_text(value, kind) for value in rows.table.column(position).to_pylist()]


def _passes(text: str, value: str | None) -> bool:
    word = text.strip().casefold()
    return word not in _ORDINARY_WORDS if value is None else word == value
