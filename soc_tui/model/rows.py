"""The result of a query."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from soc_tui.model.catalog import Column
from soc_tui.model.inert import inert

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa


def row_id(index: int) -> str:
    """Id that findings cite for the row at a 0-based index: `r1` is the first row."""
    return f"r{index + 1}"


def row_index(identifier: str, row_count: int) -> int | None:
    """0-based index of a row id, or None when no such row exists among `row_count` rows."""
    digits = identifier[1:]
    if not identifier.startswith("r") or not (digits.isascii() and digits.isdecimal()):
        return None
    if digits.startswith("0") or len(digits) > 9:
        return None
    index = int(digits) - 1
    return index if index < row_count else None


def twice_named(names: Sequence[str]) -> str:
    """The first name that stands there twice; empty when none does."""
    return next((name for name, count in Counter(names).items() if count > 1), "")


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of one query, in the order the workspace gave them.

    Attributes:
        table: Arrow table. datetime is timestamp[us, tz=UTC]; dynamic is a JSON string; guid is a
            string; timespan is duration[us]. No name stands there twice: Kusto numbers them.
        columns: Name and KQL type of each Arrow column, in order.
        partial: Why the workspace did not answer in full; None when it did.
        elapsed_seconds: Time the query took.
    """

    table: pa.Table
    columns: tuple[Column, ...]
    partial: str | None = None
    elapsed_seconds: float = 0.0

    def __post_init__(self) -> None:
        """Raises ValueError: two columns have one name."""
        # Whoever asks by name, an export as JSON first of all, would lose one without a word.
        if twice := twice_named(self.column_names):
            raise ValueError(f"two columns are named {inert(twice, 80)}")

    @property
    def count(self) -> int:
        """Number of rows."""
        return int(self.table.num_rows)

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return tuple(column.name for column in self.columns)

    def to_pandas(self) -> pd.DataFrame:
        """The rows as a DataFrame, for notebooks and scripts. Imports pandas.

        A type in pandas for each KQL type, nulls kept: bool is `boolean`; int and long are `Int32`
        and `Int64`; real is `float64`; decimal is `decimal.Decimal` in an object column; datetime
        is `datetime64[us, UTC]` and timespan `timedelta64[us]`, to the microsecond and over KQL's
        whole range of years; string, guid and dynamic are `string`, dynamic as its JSON text.
        """
        import pandas as pd
        import pyarrow as pa

        nullable = {
            pa.bool_(): pd.BooleanDtype(),
            pa.int32(): pd.Int32Dtype(),
            pa.int64(): pd.Int64Dtype(),
            pa.string(): pd.StringDtype(),
        }
        frame: pd.DataFrame = self.table.to_pandas(types_mapper=nullable.get)
        return frame
