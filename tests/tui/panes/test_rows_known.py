"""The strip and the findings say of rows what is true at that moment."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from soc_tui.model.coverage import Unseen
from soc_tui.model.hunt import Hunt, Status
from soc_tui.tui.panes.rows_known import known_within, less_than_all, rows_in_brief, rows_known
from tests.history.hunts import example_hunt

WHOLE = Unseen(9_272, 9_272)
CUT = Unseen(9_272, 9_000, rows_cut=272)
BROKEN = replace(WHOLE, broke_off="cancelled")


def hunt(status: Status, unseen: Unseen | None, row_count: int | None = 9_272) -> Hunt:
    return replace(example_hunt(), status=status, unseen=unseen, row_count=row_count)


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (None, ""),
        (hunt(Status.PLANNED, None, None), ""),
        (hunt(Status.REFUSED, None, None), ""),
        (hunt(Status.QUERIED, None), "9,272 rows; not hunted yet"),
        (hunt(Status.QUERIED, None, 1), "1 row; not hunted yet"),
        (hunt(Status.QUOTED, WHOLE), "9,272 rows; not hunted yet"),
        (hunt(Status.QUOTED, CUT), "9,272 rows; not hunted yet"),
        (hunt(Status.HUNTING, CUT), "hunting through 9,272 rows"),
        (hunt(Status.CANCELLED, WHOLE), "9,272 rows were not read"),
        (hunt(Status.FOUND, WHOLE), "all 9,272 rows seen"),
    ],
)
def test_rows_are_told_as_what_they_are_now(state: Hunt | None, words: str) -> None:
    assert rows_known(state) == rows_in_brief(state) == words
    assert not less_than_all(state)


@pytest.mark.parametrize(
    "state",
    [hunt(Status.FOUND, CUT), hunt(Status.NO_FINDINGS, CUT), hunt(Status.CANCELLED, BROKEN)],
)
def test_a_hunt_that_left_something_says_that_it_did(state: Hunt) -> None:
    assert less_than_all(state)
    assert "rows seen" not in rows_known(state)
    assert rows_in_brief(state) == "NOT ALL SEEN (F7)"


@given(
    st.sampled_from(Status),
    st.sampled_from([None, WHOLE, CUT, BROKEN]),
    st.sampled_from([None, 0, 1, 9_272]),
)
def test_nothing_is_seen_before_the_end_of_a_hunt(
    status: Status, unseen: Unseen | None, rows: int | None
) -> None:
    told = rows_known(hunt(status, unseen, rows))
    if status not in {Status.FOUND, Status.NO_FINDINGS}:
        assert "seen" not in told
    assert bool(told) is (rows is not None) or status is Status.QUERYING


@given(
    st.lists(st.text("ab語 _", min_size=1, max_size=30), max_size=7),
    st.sampled_from(["", "the service took a very long time to answer, which was not in full"]),
    st.integers(40, 200),
)
def test_what_is_missing_fits_and_counts_what_has_no_room(
    columns: list[str], partial: str, room: int
) -> None:
    unseen = replace(CUT, columns_cut=tuple(columns), partial=partial or None, row_cap=9_272)
    state = hunt(Status.FOUND, unseen)
    told = known_within(state, room)
    assert cell_len(told) <= room
    gaps = state.coverage.gaps
    if told != rows_known(state):
        whole = sum(gap in told for gap in gaps)
        assert f"{len(gaps) - max(whole, 1)} more" in told
