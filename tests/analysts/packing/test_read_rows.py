"""Rows that were read are kept as stretches in order of time, and never sent again."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from soc_tui.analysts.packing.read_rows import ReadRows
from soc_tui.model import row_spans
from soc_tui.model.catalog import Column, KqlType
from soc_tui.model.row_spans import Span
from soc_tui.model.rows import Rows


def rows_at(seconds: list[int]) -> Rows:
    times = pa.array([second * 1_000_000 for second in seconds], pa.timestamp("us", "UTC"))
    return Rows(pa.table({"T": times}), (Column("T", KqlType.DATETIME),))


def test_chunks_along_time_are_one_stretch() -> None:
    read = ReadRows(rows_at([5, 1, 3, 2, 4]))
    read.add(np.array([1, 3]))  # the two oldest
    assert read.spans == (Span(0, 2),)
    assert list(read.left()) == [2, 4, 0]
    read.add(np.array([2, 4, 0]))
    assert read.spans == (Span(0, 5),)
    assert not len(read.left())


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 50), min_size=1, max_size=40), st.data())
def test_what_is_read_and_what_is_left_are_all_rows(times: list[int], data: st.DataObject) -> None:
    rows = rows_at(times)
    first = data.draw(st.sets(st.integers(0, len(times) - 1)))
    read = ReadRows(rows)
    read.add(np.array(sorted(first), dtype=np.int64))
    again = ReadRows(rows, read.spans)  # after a restart
    assert again.count == len(first)
    assert set(again.left().tolist()) == set(range(len(times))) - first


def test_spans_of_another_answer_do_no_harm() -> None:
    read = ReadRows(rows_at([1, 2]), (Span(-3, 1), Span(1, 9), Span(5, 2)))
    assert read.spans == (Span(1, 2),)
    assert row_spans.count((Span(0, 3), Span(2, 5))) == 5
