"""Events per time bin, with the findings that cite them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from soc_tui.model.rows import Rows
from soc_tui.model.time_columns import time_column

if TYPE_CHECKING:
    import pyarrow as pa

Span = tuple[dt.datetime, dt.datetime]
"""From here to before there, UTC."""
MOST_BINS = 60
_SECOND = 1_000_000
WIDTHS = tuple(
    seconds * _SECOND
    for seconds in (1, 5, 15, 60, 300, 900, 3600, 3 * 3600, 6 * 3600, 12 * 3600, 86_400)
)
"""Widths of a bin, microseconds; beyond a day, whole days."""
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class Bin:
    """One bin.

    Attributes:
        start, end: UTC; the end is not part of it.
        rows: Events in it.
        findings: 0-based numbers of the findings that cite one of them.
    """

    start: dt.datetime
    end: dt.datetime
    rows: int
    findings: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Timeline:
    """Bins of equal width, without a gap, from the first event to the last.

    Attributes:
        column: The time column that was counted; empty when the rows have none.
        width: Width of each bin.
        untimed: Rows without a time.
    """

    column: str
    width: dt.timedelta
    bins: tuple[Bin, ...] = ()
    untimed: int = 0

    @property
    def most(self) -> int:
        """Events in the fullest bin."""
        return max((one.rows for one in self.bins), default=0)


def timeline(
    rows: Rows,
    cited: Sequence[Sequence[int]] = (),
    span: Span | None = None,
) -> Timeline:
    """At most MOST_BINS bins over the rows.

    Args:
        cited: For each finding, the 0-based indices of the rows it cites.
        span: Count only events from here to before there, UTC; all when None.
    """
    import pyarrow.compute as pc

    name = time_column(rows.columns)
    if not name:
        return Timeline("", dt.timedelta(), untimed=rows.count)
    moments = _moments(rows, name)
    found = moments.drop_null()
    if span is not None:
        found = found.filter(_inside(found, span))
    if not len(found):
        return Timeline(name, dt.timedelta(), untimed=moments.null_count)
    ends = pc.min_max(found)
    first, last = ends["min"].as_py(), ends["max"].as_py()
    width = _width(first, last)
    start = first // width * width
    counted = pc.value_counts(pc.divide(pc.subtract(found, start), width))
    counts = dict(
        zip(counted.field("values").to_pylist(), counted.field("counts").to_pylist(), strict=True)
    )
    marks = _marks(moments, cited, start, width)
    bins = tuple(
        Bin(
            _moment(start + place * width),
            _moment(start + (place + 1) * width),
            counts.get(place, 0),
            tuple(marks.get(place, ())),
        )
        for place in range((last - start) // width + 1)
    )
    return Timeline(name, dt.timedelta(microseconds=width), bins, moments.null_count)


def first_row(rows: Rows, span: Span) -> int | None:
    """0-based index of the first row of the answer with a time in this span; None without any."""
    import pyarrow.compute as pc

    moments = _moments(rows, time_column(rows.columns))
    found = pc.index(pc.fill_null(_inside(moments, span), False), True).as_py()
    return None if found < 0 else int(found)


def _moments(rows: Rows, name: str) -> pa.ChunkedArray:
    """Microseconds since 1970 of a column."""
    import pyarrow as pa

    column = rows.table.column(rows.column_names.index(name))
    return column.cast(pa.timestamp("us", tz="UTC")).cast(pa.int64())


def _inside(moments: pa.ChunkedArray, span: Span) -> pa.ChunkedArray:
    import pyarrow.compute as pc

    first, last = (_microseconds(moment) for moment in span)
    return pc.and_(pc.greater_equal(moments, first), pc.less(moments, last))


def _marks(
    moments: pa.ChunkedArray, cited: Sequence[Sequence[int]], start: int, width: int
) -> dict[int, list[int]]:
    marks: dict[int, list[int]] = {}
    for number, indices in enumerate(cited):
        places = {
            (moment - start) // width
            for index in indices
            if (moment := moments[index].as_py()) is not None
        }
        for place in places:
            marks.setdefault(place, []).append(number)
    return marks


def _width(first: int, last: int) -> int:
    for width in WIDTHS:
        if last // width - first // width < MOST_BINS:
            return width
    day = WIDTHS[-1]
    days = 1
    while last // (days * day) - first // (days * day) >= MOST_BINS:
        days += 1
    return days * day


def _microseconds(moment: dt.datetime) -> int:
    return (moment - _EPOCH) // dt.timedelta(microseconds=1)


def _moment(microseconds: int) -> dt.datetime:
    return _EPOCH + dt.timedelta(microseconds=microseconds)
