"""Statistics of one result column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from soc_tui.model.rows import Rows


@dataclass(frozen=True, slots=True)
class ColumnStatistics:
    """What a column holds.

    Attributes:
        rows: Rows counted.
        empty: Rows without a value; an empty text counts as none.
        distinct: Different values, without the empty ones.
        least, most: Smallest and largest value, in the column's own type; None without any.
    """

    name: str
    rows: int
    empty: int
    distinct: int
    least: Any
    most: Any


def column_statistics(rows: Rows, name: str, order: Any = None) -> ColumnStatistics:
    """Figures of the column `name` over the shown rows.

    Args:
        order: 0-based indices of the rows that count (an Arrow array), None for all.

    Raises:
        KeyError: there is no such column.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    column = rows.table.column(rows.column_names.index(name)) if name in rows.column_names else None
    if column is None:
        raise KeyError(name)
    if order is not None:
        column = column.take(order)
    count = len(column)
    values = column.drop_null()
    if pa.types.is_string(values.type):
        values = values.filter(pc.not_equal(values, ""))
    ends = pc.min_max(values) if len(values) else None
    return ColumnStatistics(
        name=name,
        rows=count,
        empty=count - len(values),
        distinct=pc.count_distinct(values).as_py(),
        least=ends["min"].as_py() if ends is not None else None,
        most=ends["max"].as_py() if ends is not None else None,
    )
