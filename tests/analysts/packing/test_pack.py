"""Packing keeps every fact, says what it does not show, and cannot be broken out of."""

import datetime as dt
from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from soc_tui.analysts.packing.cell_text import cell_text
from soc_tui.analysts.packing.pack import new_boundary, pack
from soc_tui.model.catalog import Column, KqlType
from soc_tui.model.rows import Rows
from tests.wire.unpacking import unpack

HOSTILE = (
    "", "a", "ws-01", "x\ty\nz", "⟦cut 5 characters⟧", "12 (2 rows)", "A1", "A", "A1\tB2", "@2026",
    "{}", "a{}b<>c[]d‹›e", "×2 5+60", "Rows:", "Columns that are empty in every row:", "LOGS-0",
    "Codes for cells ({} is a gap, filled by what follows the code in a row):",
)  # fmt: skip
# Cells that differ in numbers only, as patterns want them.
ALIKE = st.builds(
    "{}.exe --type={} --id={}".format,
    st.sampled_from(["chrome", "msedge"]),
    st.integers(0, 3),
    st.integers(0, 9_999),
)
CELLS: dict[KqlType, tuple[Any, st.SearchStrategy[Any]]] = {
    KqlType.STRING: (pa.string(), st.sampled_from(HOSTILE) | ALIKE | st.text(max_size=20)),
    KqlType.DYNAMIC: (pa.string(), st.sampled_from(["{}", "[]", '{"a":{"ip":"10.0.0.1"}}'])),
    KqlType.GUID: (pa.string(), st.uuids().map(str)),
    KqlType.LONG: (pa.int64(), st.integers(-3, 3)),
    KqlType.INT: (pa.int32(), st.integers(-(2**31), 2**31 - 1)),
    KqlType.BOOL: (pa.bool_(), st.booleans()),
    KqlType.REAL: (pa.float64(), st.floats(width=32)),
    KqlType.DECIMAL: (pa.decimal128(20, 3), st.decimals(-9, 9, places=3)),
    KqlType.DATETIME: (
        pa.timestamp("us", "UTC"),
        st.datetimes(dt.datetime(2026, 1, 1), dt.datetime(2026, 1, 3), timezones=st.just(dt.UTC))
        | st.datetimes(timezones=st.just(dt.UTC)),
    ),
    KqlType.TIMESPAN: (
        pa.duration("us"),
        st.timedeltas(dt.timedelta(days=-900), dt.timedelta(days=900)),
    ),
}


@st.composite
def rows(draw: st.DrawFn) -> Rows:
    count = draw(st.integers(1, 30))
    some_name = st.sampled_from(["A", "B", "ids", "Timestamp"]) | st.text(min_size=1, max_size=8)
    names = draw(st.lists(some_name, min_size=1, max_size=6, unique=True))
    arrays, columns = [], []
    for name in names:
        kql_type = draw(st.sampled_from(list(CELLS)))
        arrow_type, values = CELLS[kql_type]
        nulls = st.none() if draw(st.booleans()) else st.nothing()
        pool = draw(st.lists(nulls | values, min_size=1, max_size=8))
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


def timed(seconds: list[float], **columns: list[str]) -> Rows:
    """Rows at these seconds after 2026-11-24T10:00Z."""
    start = dt.datetime(2026, 11, 24, 10, tzinfo=dt.UTC)
    times = [start + dt.timedelta(seconds=second) for second in seconds]
    answer = strings(**columns)
    table = answer.table.add_column(0, "Time", pa.array(times, pa.timestamp("us", "UTC")))
    return Rows(table, (Column("Time", KqlType.DATETIME), *answer.columns))


def body(text: str) -> list[str]:
    """Lines under the names of the fields."""
    lines = text.split("\n")
    return lines[lines.index("Rows:") + 2 : -1]


@settings(max_examples=200, deadline=None)
@given(rows())
def test_unpacking_gives_the_rows_back(answer: Rows) -> None:
    packed = pack(answer)
    unpacked = unpack(packed.text)
    assert unpacked.columns == texts(answer)
    assert unpacked.row_ids == tuple(f"r{i + 1}" for i in range(answer.count))
    assert packed.unseen.rows_sent == packed.unseen.rows_total == answer.count
    assert packed.unseen.cells_cut == 0


@settings(max_examples=100, deadline=None)
@given(rows(), st.data())
def test_a_part_of_the_rows_in_any_order_keeps_their_ids(answer: Rows, data: st.DataObject) -> None:
    part = data.draw(st.permutations(range(answer.count)))
    part = part[: data.draw(st.integers(0, answer.count))]
    packed = pack(answer, indices=part)
    unpacked = unpack(packed.text)
    whole = texts(answer)
    part = sorted(part)
    assert unpacked.row_ids == tuple(f"r{i + 1}" for i in part)
    assert unpacked.columns == {name: [cells[i] for i in part] for name, cells in whole.items()}
    assert packed.unseen.rows_cut == answer.count - len(part)


@settings(max_examples=100, deadline=None)
@given(rows())
def test_no_cell_leaves_its_line(answer: Rows) -> None:
    packed = pack(answer)
    lines = packed.text.split("\n")
    assert lines[0] == lines[-1] == packed.boundary
    assert packed.boundary not in lines[1:-1]
    assert len(packed.text.splitlines()) == len(lines)


def test_rows_of_real_size_come_back() -> None:
    count = 3_000
    answer = timed(
        [(i * 7_919) % 9_000 / 7 for i in range(count)],
        Host=[f"ws-{i % 40:02d}" for i in range(count)],
        User=[f"user.{i % 40}" for i in range(count)],
        Line=[f'"C:\\chrome.exe" --id={i} --kind={i % 3} {{}}' for i in range(count)],
        Address=[f"10.0.{i % 7}.{i % 200}" for i in range(count)],
        Hash=[f"{i * 2_654_435_761:064x}" for i in range(count)],
        Kind=["Created" if i % 500 else "Deleted\t" for i in range(count)],
    )
    packed = pack(answer)
    assert unpack(packed.text).columns == texts(answer)
    assert packed.unseen.rows_folded == 0


def test_constant_columns_are_said_once_and_empty_ones_named() -> None:
    packed = pack(strings(a=["x", "y"], b=["same", "same"], c=["", ""]))
    assert packed.text.count("same") == 2  # the value, and the word in the heading
    assert "Columns that are empty in every row:\nc\n" in packed.text
    assert packed.unseen.nothing


def test_rows_that_differ_in_time_only_share_a_line_with_the_gaps() -> None:
    packed = pack(timed([180, 0, 59.5, 60, 3_600], host=["a", "a", "b", "a", "a"]))
    assert body(packed.text) == [
        "@2026-11-24T10",
        "2 00:00\ta\t×4 4+60 1+120 5+3420",
        "3 00:59.5\tb",
    ]
    assert packed.unseen.rows_folded == 3


def test_rows_stand_in_order_of_time_under_their_hours() -> None:
    packed = pack(timed([7_200.25, 30, 10], host=["c", "b", "a"]))
    assert body(packed.text) == [
        "@2026-11-24T10", "3 00:10\ta", "2 00:30\tb", "@2026-11-24T12", "1 00:00.25\tc",
    ]  # fmt: skip


def test_what_goes_together_gets_one_code_and_what_is_rare_is_spelled_out() -> None:
    path = r"C:\Program Files\Example\very\long\path\to\{}.exe"
    names = ["tool"] * 20 + ["other"] * 20 + ["rare"]
    packed = pack(
        strings(
            name=names,
            path=[path.format(name) for name in names],
            n=[str(i) for i in range(41)],
        )
    )
    lines = packed.text.split("\n")
    assert "A\tname\tpath" in lines
    assert packed.text.count(path.format("tool")) == 1
    assert body(packed.text)[-1] == f"41\tA\trare\t{path.format('rare')}\t40"


def test_what_cells_share_is_said_once() -> None:
    lines = [f'"C:\\Program Files\\chrome.exe" --type=renderer --id={i} /x' for i in range(50)]
    packed = pack(strings(line=lines))
    assert packed.text.count("chrome.exe") == 1
    assert "--id={} /x" in packed.text
    assert body(packed.text)[7] == "8\tA1\t7"


def test_the_mark_of_a_gap_stands_in_no_cell() -> None:
    lines = [f"powershell -c function f {{}}; Get-Item -Path number-{i} <>" for i in range(50)]
    packed = pack(strings(line=lines))
    assert "([] is a gap" in packed.text
    assert unpack(packed.text).columns == {"line": lines}


def test_identical_rows_are_folded_and_counted() -> None:
    packed = pack(strings(a=["x", "y", "x", "x", "z"]))
    assert body(packed.text)[0] == "1\tx\t×3 3-4"
    assert packed.unseen.rows_folded == 2
    assert "2 identical rows folded" in packed.unseen.summary()


def test_rows_that_are_all_the_same_are_one_line() -> None:
    packed = pack(strings(a=["x"] * 500))
    assert body(packed.text) == ["1\t×500 2-500"]
    assert packed.unseen.rows_folded == 499
    assert unpack(packed.text).columns == {"a": ["x"] * 500}


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
    assert unpack(pack(strings(a=[])).text).columns == {"a": []}


def test_boundaries_differ() -> None:
    assert len({new_boundary() for _ in range(100)}) == 100
