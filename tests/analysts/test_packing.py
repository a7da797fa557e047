"""Packing keeps every fact, says what it does not show, and cannot be broken out of."""

import datetime as dt
from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from soc_tui.analysts.cells import cell_text
from soc_tui.analysts.packing import new_boundary, pack, unpack
from soc_tui.model.catalog import Column, KqlType
from soc_tui.model.rows import Rows

CELLS: dict[KqlType, tuple[Any, st.SearchStrategy[Any]]] = {
    KqlType.STRING: (
        pa.string(),
        st.one_of(
            st.sampled_from(["", "a", "ws-01", "x\ty\nz", "⟦cut 5 characters⟧", "r1,r2 (2 rows)"]),
            st.text(max_size=20),
        ),
    ),
    KqlType.LONG: (pa.int64(), st.integers(-3, 3)),
    KqlType.BOOL: (pa.bool_(), st.booleans()),
    KqlType.REAL: (pa.float64(), st.floats(allow_nan=False, width=32)),
    KqlType.DATETIME: (
        pa.timestamp("us", "UTC"),
        st.datetimes(dt.datetime(2026, 1, 1), dt.datetime(2027, 1, 1), timezones=st.just(dt.UTC)),
    ),
    KqlType.TIMESPAN: (
        pa.duration("us"),
        st.timedeltas(dt.timedelta(days=-900), dt.timedelta(days=900)),
    ),
}


@st.composite
def rows(draw: st.DrawFn) -> Rows:
    count = draw(st.integers(1, 12))
    names = draw(st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=5, unique=True))
    arrays, columns = [], []
    for name in names:
        kql_type = draw(st.sampled_from(list(CELLS)))
        arrow_type, values = CELLS[kql_type]
        pool = draw(st.lists(st.none() | values, min_size=1, max_size=3))
        cells = draw(st.lists(st.sampled_from(pool), min_size=count, max_size=count))
        arrays.append(pa.array(cells, arrow_type))
        columns.append(Column(name, kql_type))
    return Rows(pa.Table.from_arrays(arrays, names=names), tuple(columns))


def texts(answer: Rows) -> dict[str, list[str]]:
    return {
        column.name: [cell_text(v, column.type) for v in answer.table.column(i).to_pylist()]
        for i, column in enumerate(answer.columns)
    }


def strings(**columns: list[str]) -> Rows:
    table = pa.table({name: pa.array(cells, pa.string()) for name, cells in columns.items()})
    return Rows(table, tuple(Column(name, KqlType.STRING) for name in columns))


@settings(max_examples=150, deadline=None)
@given(rows())
def test_unpacking_gives_the_rows_back(answer: Rows) -> None:
    packed = pack(answer)
    assert unpack(packed.text) == texts(answer)
    assert packed.unseen.rows_sent == packed.unseen.rows_total == answer.count
    assert packed.unseen.cells_cut == 0


@settings(max_examples=100, deadline=None)
@given(rows())
def test_no_cell_leaves_its_line(answer: Rows) -> None:
    packed = pack(answer)
    lines = packed.text.split("\n")
    assert lines[0] == lines[-1] == packed.boundary
    assert packed.boundary not in lines[1:-1]
    assert len(packed.text.splitlines()) == len(lines)


def test_constant_columns_are_said_once_and_empty_ones_named() -> None:
    packed = pack(strings(a=["x", "y"], b=["same", "same"], c=["", ""]))
    assert packed.text.count("same") == 2  # the value, and the word in the heading
    assert "Columns that are empty in every row:\nc\n" in packed.text
    assert packed.unseen.nothing


def test_identical_rows_are_folded_and_counted() -> None:
    packed = pack(strings(a=["x", "y", "x", "x", "z"]))
    assert "r1,r3-r4 (3 identical rows)\tx" in packed.text
    assert packed.unseen.rows_folded == 2
    assert "2 identical rows folded" in packed.unseen.summary()


def test_rows_that_are_all_the_same_are_one_line() -> None:
    packed = pack(strings(a=["x"] * 500))
    assert "r1-r500 (500 identical rows)" in packed.text
    assert packed.unseen.rows_folded == 499
    assert unpack(packed.text) == {"a": ["x"] * 500}


def test_long_cells_lose_their_middle_visibly() -> None:
    packed = pack(strings(a=["head" + "m" * 1_000_000 + "tail", "short"]))
    assert len(packed.text) < 3_000
    assert "⟦cut 998,008 characters⟧" in packed.text
    assert "head" in packed.text
    assert "tail" in packed.text
    assert packed.unseen.cells_cut == 1


def test_long_cells_that_differ_only_in_the_middle_are_not_folded() -> None:
    packed = pack(strings(a=["a" * 3_000 + middle + "z" * 3_000 for middle in "xy"]))
    assert packed.unseen.rows_folded == 0
    assert packed.unseen.cells_cut == 2


def test_a_long_constant_cell_counts_for_every_row() -> None:
    packed = pack(strings(a=["x" * 5_000] * 3, b=["1", "2", "3"]))
    assert packed.unseen.cells_cut == 3


def test_partial_answers_and_caps_are_passed_on() -> None:
    answer = strings(a=["x"])
    partial = Rows(answer.table, answer.columns, partial="time-out after 5 of 9 shards")
    unseen = pack(partial, row_cap=1).unseen
    assert unseen.partial == "time-out after 5 of 9 shards"
    assert unseen.row_cap == 1
    assert not unseen.nothing


def test_no_rows_can_be_packed() -> None:
    assert unpack(pack(strings(a=[])).text) == {"a": []}


def test_boundaries_differ() -> None:
    assert len({new_boundary() for _ in range(100)}) == 100
