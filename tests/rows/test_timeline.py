"""Bins of time over an answer."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from soc_tui.model.catalog import Column, KqlType
from soc_tui.model.rows import Rows
from soc_tui.model.time_columns import time_column
from soc_tui.rows.timeline import MOST_BINS, first_row, timeline

NOON = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)


def at(*moments: dt.datetime | None, name: str = "TimeGenerated") -> Rows:
    table = pa.table({name: pa.array(moments, pa.timestamp("us", tz="UTC"))})
    return Rows(table, (Column(name, KqlType.DATETIME),))


def after(minutes: float) -> dt.datetime:
    return NOON + dt.timedelta(minutes=minutes)


def test_events_are_counted_without_gaps_and_findings_marked() -> None:
    found = timeline(at(after(0), after(1), None, after(30.5)), cited=[[0, 3], [1], [2]])
    assert found.column == "TimeGenerated"
    assert found.width == dt.timedelta(minutes=1)
    assert [one.rows for one in found.bins] == [1, 1, *[0] * 28, 1]
    assert found.bins[0].start == NOON
    assert found.bins[0].findings == (0,)
    assert found.bins[1].findings == (1,)
    assert found.bins[30].findings == (0,)
    assert found.untimed == 1


def test_a_span_is_counted_more_finely() -> None:
    rows = at(*(after(minute) for minute in range(600)))
    whole = timeline(rows)
    assert whole.width == dt.timedelta(minutes=15)
    one = whole.bins[3]
    zoomed = timeline(rows, span=(one.start, one.end))
    assert sum(inner.rows for inner in zoomed.bins) == one.rows == 15
    assert zoomed.width == dt.timedelta(seconds=15)


@pytest.mark.parametrize(
    ("names", "expected"),
    [(["Created", "Timestamp"], "Timestamp"), (["Created"], "Created"), ([], "")],
)
def test_the_time_column(names: list[str], expected: str) -> None:
    arrays = [pa.array([NOON], pa.timestamp("us", tz="UTC")) for _ in names]
    rows = Rows(
        pa.Table.from_arrays(arrays, names=names),
        tuple(Column(name, KqlType.DATETIME) for name in names),
    )
    assert time_column(rows.columns) == expected
    assert timeline(rows).column == expected


@given(
    st.lists(
        st.none()
        | st.datetimes(dt.datetime(1975, 1, 1), dt.datetime(2200, 1, 1), timezones=st.just(dt.UTC)),
        max_size=30,
    )
)
def test_every_event_is_in_one_bin(moments: list[dt.datetime | None]) -> None:
    found = timeline(at(*moments))
    timed = [moment for moment in moments if moment is not None]
    assert sum(one.rows for one in found.bins) == len(timed)
    assert found.untimed == len(moments) - len(timed)
    assert len(found.bins) <= MOST_BINS
    for one, following in zip(found.bins, found.bins[1:], strict=False):
        assert one.end == following.start


def test_the_first_row_of_a_span_is_the_first_of_the_answer() -> None:
    rows = at(after(9), None, after(1), after(2))
    assert first_row(rows, (after(1), after(3))) == 2
    assert first_row(rows, (after(3), after(9))) is None, "the end is not part of it"
