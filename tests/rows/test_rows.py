"""Rows arranged, counted, unfolded, copied and exported."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import stat
import zipfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from soc_tui.model.catalog import Column, KqlType
from soc_tui.model.errors import ConfigError
from soc_tui.model.inert import inert
from soc_tui.model.rows import Rows
from soc_tui.rows import copying
from soc_tui.rows.arranging import Arrangement, Arranger, Facet, Hit
from soc_tui.rows.exporting import export_rows
from soc_tui.rows.statistics import column_statistics
from soc_tui.rows.unfolding import MOST_BRANCHES, unfold


@pytest.fixture(autouse=True)
def _logged_elsewhere(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exports are logged in the home folder."""
    monkeypatch.setenv("SOC_TUI_HOME", str(tmp_path_factory.mktemp("home")))


NOON = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)


def made(**columns: tuple[KqlType, list[Any]]) -> Rows:
    types = {
        KqlType.DATETIME: pa.timestamp("us", tz="UTC"),
        KqlType.LONG: pa.int64(),
        KqlType.REAL: pa.float64(),
        KqlType.TIMESPAN: pa.duration("us"),
    }
    arrays = [pa.array(values, types.get(kind, pa.string())) for kind, values in columns.values()]
    kinds = tuple(Column(name, kind) for name, (kind, _) in columns.items())
    return Rows(pa.Table.from_arrays(arrays, names=list(columns)), kinds)


LOGONS = made(
    Time=(KqlType.DATETIME, [NOON, NOON + dt.timedelta(hours=1), None, NOON]),
    Account=(KqlType.STRING, ["anna", "Bo [admin]", "anna", ""]),
    Port=(KqlType.LONG, [443, 22, 443, None]),
    Detail=(KqlType.DYNAMIC, ['{"a":{"b":[1,2]}}', "", "[]", "not json"]),
)


def order(rows: Rows, arrangement: Arrangement) -> list[int]:
    found = Arranger(rows).order(arrangement)
    return list(range(rows.count)) if found is None else found.to_pylist()


@pytest.mark.parametrize(
    ("arrangement", "expected"),
    [
        (Arrangement(), [0, 1, 2, 3]),
        (Arrangement("ANNA"), [0, 2]),
        (Arrangement("anna 443"), [0, 2]),
        (Arrangement("[admin]"), [1]),
        (Arrangement("Port:22"), [1]),
        (Arrangement("port:443 time:12"), [0]),
        (Arrangement("Nope:22"), []),
        (Arrangement("2026-11-24"), [0, 1, 3]),
        (Arrangement(sort_by="Port"), [1, 0, 2, 3]),
        (Arrangement(sort_by="Port", descending=True), [0, 2, 1, 3]),
        (Arrangement(sort_by="Time"), [0, 3, 1, 2]),
        (Arrangement("anna", sort_by="Time", descending=True), [0, 2]),
        (Arrangement(sort_by="Gone"), [0, 1, 2, 3]),
    ],
)
def test_the_order_of_the_rows(arrangement: Arrangement, expected: list[int]) -> None:
    assert order(LOGONS, arrangement) == expected


def test_hiding_a_frozen_column_freezes_no_other() -> None:
    frozen = Arrangement(frozen=1)
    first, second, *_ = LOGONS.column_names
    assert frozen.without(first, LOGONS).frozen == 0
    assert frozen.without(second, LOGONS).frozen == 1
    alone = Arrangement(columns=(first,))
    assert alone.without(first, LOGONS) == alone, "the last one stays"


def test_rows_have_no_name_twice() -> None:
    columns = (Column("Name", KqlType.STRING), Column("Name", KqlType.STRING))
    arrays = [pa.array(["b", "a"]), pa.array(["c", "d"])]
    with pytest.raises(ValueError, match="two columns are named Name"):
        Rows(pa.Table.from_arrays(arrays, names=["Name", "Name"]), columns)


def test_find_goes_round_in_both_directions() -> None:
    arranger, as_it_came = Arranger(LOGONS), Arrangement()

    def found(start: int, *, back: bool = False) -> Hit | None:
        return arranger.find("anna", as_it_came, None, start, back=back)

    assert found(0) == Hit(2, "Account", 2, 2)
    assert found(2) == Hit(0, "Account", 1, 2)
    assert found(2, back=True) == Hit(0, "Account", 1, 2)
    assert found(0, back=True) == Hit(2, "Account", 2, 2)
    assert arranger.find("zoe", as_it_came, None, 0) is None
    by_account = Arrangement(sort_by="Account", descending=True)
    upside_down = arranger.order(by_account)
    assert upside_down is not None
    hit = arranger.find("Bo", by_account, upside_down, 3)
    assert hit is not None
    assert upside_down[hit.place].as_py() == 1


@pytest.mark.parametrize(
    ("words", "shown", "column"),
    [
        ("443", (), "Port"),
        ("Port:443 anna", (), "Account"),
        ("b", (), "Detail"),
        ("443", ("Account",), ""),
        ("anna", ("Detail", "Account"), "Account"),
    ],
)
def test_a_hit_names_the_first_shown_column_with_a_word(
    words: str, shown: tuple[str, ...], column: str
) -> None:
    hit = Arranger(LOGONS).find(words, Arrangement(columns=shown), None, 3)
    assert hit is not None
    assert (hit.place, hit.column) == (0, column)


@pytest.mark.parametrize(
    ("facets", "expected"),
    [
        ([("Account", "anna", True)], [0, 2]),
        ([("Account", "anna", False)], [1, 3]),
        ([("Account", "", True)], [3]),
        ([("Port", "", False), ("Account", "anna", False)], [1]),
        ([("Account", "anna", True), ("Account", "Bo [admin]", True)], [0, 1, 2]),
        ([("Account", "anna", True), ("Time", "", False)], [0]),
        ([("Account", "anna", True), ("Account", "anna", False)], [1, 3]),
        ([("Gone", "x", True)], [0, 1, 2, 3]),
    ],
)
def test_values_are_kept_and_left_out(
    facets: list[tuple[str, str, bool]], expected: list[int]
) -> None:
    arrangement = Arrangement()
    for facet in facets:
        arrangement = arrangement.with_facet(Facet(*facet))
    assert order(LOGONS, arrangement) == expected


def test_what_is_kept_is_said_inert_and_the_count_is_of_the_shown_rows() -> None:
    arrangement = (
        Arrangement()
        .with_facet(Facet("Account", "anna", keep=True))
        .with_facet(Facet("Account", "Bo", keep=True))
        .with_facet(Facet("Detail", "", keep=False))
        .with_facet(Facet("Port", "\x1b[31m22", keep=False))
    )
    told = arrangement.told(LOGONS, 2)
    assert "4 rows · 2 shown · Account is anna or Bo · Detail is not empty" in told
    assert "\x1b" not in told


def test_the_values_of_a_column_are_those_that_facets_compare() -> None:
    arranger = Arranger(LOGONS)
    for name in LOGONS.column_names:
        for value, count in arranger.facets(name, None, 10):
            kept = order(LOGONS, Arrangement(facets=(Facet(name, value, True),)))
            assert len(kept) == count
            assert {arranger.value_of(name, row) for row in kept} == {value}
    assert arranger.facets("Account", pa.array([0, 2, 3]), 1) == (("anna", 2),)


def test_columns_without_a_value_fold_and_come_back_in_place() -> None:
    rows = made(
        Empty=(KqlType.STRING, ["", None]),
        Name=(KqlType.STRING, ["a", ""]),
        Port=(KqlType.LONG, [None, None]),
        Last=(KqlType.LONG, [1, 2]),
    )
    arranger = Arranger(rows)
    assert arranger.empty_columns() == {"Empty", "Port"}
    folded = Arrangement().folding(arranger.empty_columns(), rows)
    assert folded.shown(rows) == ("Name", "Last")
    assert "2 empty columns folded" in folded.told(rows, 2)
    assert "hidden" not in folded.told(rows, 2)
    assert folded.without("Last", rows).unfolded(rows).shown(rows) == ("Empty", "Name", "Port")
    nothing = made(A=(KqlType.STRING, ["", ""]))
    assert Arrangement().folding(Arranger(nothing).empty_columns(), nothing).folded == ()


@given(st.lists(st.text(max_size=6), max_size=20), st.text(max_size=6), st.booleans())
def test_sorting_loses_no_row_and_filtering_keeps_what_holds_the_words(
    texts: list[str], words: str, descending: bool
) -> None:
    rows = made(A=(KqlType.STRING, texts))
    assert sorted(order(rows, Arrangement(sort_by="A", descending=descending))) == list(
        range(len(texts))
    )
    kept = order(rows, Arrangement(text=words))
    ascii_words = [word for word in words.split() if word.isascii() and ":" not in word]
    for place in kept:
        assert all(word.lower() in texts[place].lower() for word in ascii_words)


def test_statistics_of_a_column() -> None:
    figures = column_statistics(LOGONS, "Account")
    assert (figures.rows, figures.empty, figures.distinct) == (4, 1, 2)
    ports = column_statistics(LOGONS, "Port", order=pa.array([1, 3]))
    assert (ports.rows, ports.empty, ports.least, ports.most) == (2, 1, 22, 22)
    with pytest.raises(KeyError):
        column_statistics(LOGONS, "Gone")


def test_a_dynamic_cell_unfolds() -> None:
    root = unfold('{"a": {"b": [1, "x"]}, "c": "{\\"d\\": null}"}')
    assert root.value == "2 properties"
    (b,) = root.branches[0].branches
    assert [(leaf.label, leaf.value) for leaf in b.branches] == [("[0]", "1"), ("[1]", "x")]
    assert root.branches[1].branches[0].value == "null"
    assert unfold("plain text").value == "plain text"
    many = unfold(json.dumps(list(range(MOST_BRANCHES + 7))))
    assert many.branches[-1].value == "7 more"
    assert unfold("[" * 100_000).branches == ()
    twice = unfold('{"user": "mallory", "user": "anna", "n": 1e400, "big": 12345678901234567890.5}')
    assert [(leaf.label, leaf.value) for leaf in twice.branches] == [
        ("user", "mallory"),
        ("user", "anna"),
        ("n", "1e400"),
        ("big", "12345678901234567890.5"),
    ]
    assert [leaf.value for leaf in unfold('[{}, [], true, "[]"]').branches] == [
        "{}",
        "[]",
        "true",
        "[]",
    ]


@given(st.recursive(st.none() | st.booleans() | st.text(), st.lists, max_leaves=30))
def test_any_json_unfolds(value: Any) -> None:
    unfold(json.dumps(value))


def test_what_is_copied() -> None:
    assert copying.cell_copy(LOGONS, 0, "Time") == "2026-11-24T12:00:00Z"
    row = json.loads(copying.row_copy(LOGONS, 0))
    assert row["Detail"] == {"a": {"b": [1, 2]}}
    assert copying.column_copy(LOGONS, "Account") == "anna\nBo [admin]\nanna\n"


ACTING = "a\x1b[2J\x9b\u202eb\u200b\U000e0041\nc"
SHOWN = r"a\x1b[2J\x9b\u202eb\u200b\U000e0041\nc"


def test_copies_show_what_would_act() -> None:
    rows = made(A=(KqlType.STRING, [ACTING]))
    assert copying.cell_copy(rows, 0, "A") == SHOWN
    assert copying.column_copy(rows, "A") == SHOWN
    row = copying.row_copy(rows, 0)
    assert row == inert(row)
    assert json.loads(row) == {"A": ACTING}
    condition = copying.predicate(rows, 0, "A")
    assert condition == inert(condition)


@pytest.mark.parametrize(
    ("row", "column", "keep", "text"),
    [
        (0, "Account", True, 'Account == "anna"'),
        (0, "Account", False, 'Account != "anna"'),
        (3, "Account", True, "isempty(Account)"),
        (3, "Port", False, "isnotempty(Port)"),
        (1, "Port", True, "Port == 22"),
        (0, "Time", True, "Time == datetime(2026-11-24T12:00:00Z)"),
        (0, "Detail", True, 'tostring(Detail) == "{\\"a\\":{\\"b\\":[1,2]}}"'),
    ],
)
def test_a_cell_as_a_predicate(row: int, column: str, keep: bool, text: str) -> None:
    assert copying.predicate(LOGONS, row, column, keep=keep) == text


HOSTILE = made(
    A=(KqlType.STRING, ["=cmd|'/c calc'!A0", "+1", "\x1b[31m", 'say "hi"\nthere', None]),
    N=(KqlType.LONG, [2**60, -5, 0, 1, None]),
)


def test_csv_runs_no_formula_and_keeps_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    assert export_rows(HOSTILE, path) == 5
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    lines = list(csv.reader(io.StringIO(path.read_text())))
    assert lines[0] == ["A", "N"]
    assert [line[0] for line in lines[1:5]] == [
        "'=cmd|'/c calc'!A0",
        "'+1",
        r"\x1b[31m",
        r'say "hi"\nthere',
    ]
    assert [line[1] for line in lines[1:]] == [str(2**60), "-5", "0", "1", ""]


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("  =1+1", "'  =1+1"),
        ("\xa0@SUM(1)", "'\xa0@SUM(1)"),
        ("\uff1d1+1", "'\uff1d1+1"),
        (" \uff0b1", "' \uff0b1"),
        ("\uff0d1", "'\uff0d1"),
        ("\uff20A1", "'\uff20A1"),
        ("\t=1", r"'\t=1"),
        ("\u200b=1", r"\u200b=1"),
        ("a=1", "a=1"),
        (ACTING, SHOWN),
    ],
)
def test_a_csv_cell_neither_runs_nor_acts(cell: str, written: str, tmp_path: Path) -> None:
    export_rows(made(A=(KqlType.STRING, [cell])), tmp_path / "r.csv")
    lines = list(csv.reader(io.StringIO((tmp_path / "r.csv").read_text())))
    assert lines == [["A"], [written]]


def test_jsonl_and_parquet_hold_the_shown_rows_and_columns(tmp_path: Path) -> None:
    chosen = pa.array([2, 0])
    assert export_rows(LOGONS, tmp_path / "r.jsonl", chosen, ("Port", "Account")) == 2
    lines = [json.loads(line) for line in (tmp_path / "r.jsonl").read_text().splitlines()]
    assert lines == [{"Port": 443, "Account": "anna"}] * 2
    export_rows(LOGONS, tmp_path / "r.parquet", chosen)
    assert pq.read_table(tmp_path / "r.parquet").equals(LOGONS.table.take(chosen))


def test_excel_holds_texts_not_formulas(tmp_path: Path) -> None:
    export_rows(HOSTILE, tmp_path / "r.xlsx")
    with zipfile.ZipFile(tmp_path / "r.xlsx") as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
        texts = book.read("xl/sharedStrings.xml").decode()
    assert "<f>" not in sheet
    assert "=cmd" in texts
    assert r"\x1b[31m" in texts
    assert str(2**60) in texts  # a double would lose its digits


def test_a_cell_that_excel_cannot_hold_is_not_cut_without_a_word(tmp_path: Path) -> None:
    for text in ("x" * 32_768, "\U0001f600" * 16_384):
        long = made(Note=(KqlType.STRING, ["short", text]))
        with pytest.raises(ConfigError, match="A cell of Note in row 2"):
            export_rows(long, tmp_path / "long.xlsx")
    assert not list(tmp_path.iterdir())
    export_rows(made(Note=(KqlType.STRING, ["x" * 32_767])), tmp_path / "long.xlsx")


def test_jsonl_loses_nothing_of_a_dynamic_cell(tmp_path: Path) -> None:
    cells = ['{"a": 1, "a": 2}', '{"n": 1e400, "m": NaN}']
    export_rows(made(D=(KqlType.DYNAMIC, cells)), tmp_path / "r.jsonl")
    lines = [json.loads(line)["D"] for line in (tmp_path / "r.jsonl").read_text().splitlines()]
    assert lines == ['{"a": 1, "a": 2}', {"n": "1e400", "m": "NaN"}]


def test_an_unknown_ending_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no known file extension"):
        export_rows(LOGONS, tmp_path / "rows.doc")
    assert not list(tmp_path.iterdir())
