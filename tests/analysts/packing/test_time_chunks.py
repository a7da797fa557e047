"""Splitting along time: every row once, no chunk over the room."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soc_tui.analysts.packing.pack import Packed, pack
from soc_tui.analysts.packing.text_columns import Positions
from soc_tui.analysts.packing.time_chunks import (
    Chunk,
    MakeChunk,
    halves,
    split,
    time_order,
    unseen_of,
)
from soc_tui.model.catalog import Column, KqlType
from soc_tui.model.coverage import Unseen
from soc_tui.model.errors import RefusedError
from soc_tui.model.rows import Rows
from tests.analysts.openai.cases import rows_of

FIXED = 50


def make_from(sizes: list[int], made: list[int]) -> MakeChunk:
    def make(indices: Positions) -> Chunk:
        made.append(len(indices))
        unseen = Unseen(len(sizes), len(indices))
        tokens = FIXED + sum(sizes[i] for i in indices)
        return Chunk(indices, Packed("", "", unseen), tokens)

    return make


@settings(deadline=None)
@given(st.lists(st.integers(1, 40), min_size=1, max_size=400), st.integers(100, 2_000))
def test_every_row_is_in_one_chunk_and_no_chunk_is_over_the_room(
    sizes: list[int], room: int
) -> None:
    order = np.arange(len(sizes))[::-1]
    made: list[int] = []
    chunks = list(split(order, make_from(sizes, made), room))
    assert [i for chunk in chunks for i in chunk.indices] == list(order)
    assert all(chunk.tokens <= room for chunk in chunks)
    assert len(made) <= 2 + 3 * len(chunks)


def test_rows_alike_are_split_evenly() -> None:
    chunks = list(split(np.arange(1_000), make_from([10] * 1_000, []), 4_050))
    assert [chunk.count for chunk in chunks] == [334, 333, 333]


def test_one_row_that_does_not_fit_is_refused() -> None:
    with pytest.raises(RefusedError, match="A single row is too long"):
        list(split(np.arange(3), make_from([10, 500, 10], []), 300))


def test_too_many_chunks_are_refused_before_they_are_packed() -> None:
    made: list[int] = []
    with pytest.raises(RefusedError, match=r"about [\d,]+ calls; at most 200"):
        list(split(np.arange(50_000), make_from([10] * 50_000, made), 150))
    assert len(made) == 2


def test_a_chunk_is_halved_until_it_is_one_row() -> None:
    make = make_from([10] * 5, [])
    (whole,) = split(np.arange(5), make, 1_000)
    first, second = halves(whole, make)
    assert (list(first.indices), list(second.indices)) == ([0, 1], [2, 3, 4])
    (single,) = split(np.arange(1), make, 1_000)
    assert halves(single, make) == (single,)


def test_rows_are_ordered_by_the_first_time_that_every_row_has() -> None:
    now = dt.datetime(2026, 11, 24, tzinfo=dt.UTC)
    times = [now, now - dt.timedelta(hours=1), now]
    zoned = pa.timestamp("us", "UTC")
    table = pa.table(
        {"Ended": pa.array([None, now, now], zoned), "TimeGenerated": pa.array(times, zoned)}
    )
    columns = tuple(Column(name, KqlType.DATETIME) for name in table.column_names)
    assert list(time_order(Rows(table, columns))) == [1, 0, 2]
    assert list(time_order(Rows(table.select([0]), columns[:1]))) == [0, 1, 2]


def test_what_all_chunks_together_leave_unseen() -> None:
    rows = replace(rows_of(["x" * 5_000, "a", "b"]), partial="time-out")
    chunks = tuple(
        Chunk(np.array(part), pack(rows, indices=part, row_cap=3), 0) for part in ([0], [1, 2])
    )
    assert unseen_of(chunks) == Unseen(3, 3, cells_cut=1, partial="time-out", row_cap=3)
    assert unseen_of(chunks[1:]) == Unseen(3, 2, rows_cut=1, partial="time-out", row_cap=3)
