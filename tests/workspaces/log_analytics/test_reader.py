"""Answers of any size and layout, read row by row."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soc_tui.model.errors import WorkspaceError
from soc_tui.workspaces.log_analytics.reader import CHUNK_ROWS
from soc_tui.workspaces.log_analytics.rows import read_answer

COLUMNS = [{"name": "n", "type": "long"}, {"name": "s", "type": "string"}]
rows_of_two = st.lists(
    st.tuples(st.none() | st.integers(-(2**63), 2**63 - 1), st.text()).map(list), max_size=30
)


def document(rows: list[list[Any]], columns: list[dict[str, str]] = COLUMNS) -> dict[str, Any]:
    return {"tables": [{"name": "PrimaryResult", "columns": columns, "rows": rows}]}


def as_lists(body: bytes, max_rows: int | None = None) -> list[list[Any]]:
    table = read_answer(body, max_rows).table
    return [list(row.values()) for row in table.to_pylist()]


@settings(deadline=None)
@given(rows_of_two, st.sampled_from([None, 0, 3]), st.booleans())
def test_what_was_written_is_read(
    rows: list[list[Any]], indent: int | None, ascii_only: bool
) -> None:
    text = json.dumps(document(rows), indent=indent, ensure_ascii=ascii_only)
    assert as_lists(text.encode()) == rows


@settings(max_examples=30, deadline=None)
@given(rows_of_two)
def test_an_answer_cut_short_anywhere_is_never_taken_for_whole(rows: list[list[Any]]) -> None:
    body = json.dumps(document(rows)).encode()
    for end in range(0, len(body), max(1, len(body) // 40)):
        with pytest.raises(WorkspaceError, match="could not be read"):
            read_answer(body[:end], None)


@pytest.mark.parametrize("count", [0, 1, CHUNK_ROWS - 1, CHUNK_ROWS, 2 * CHUNK_ROWS + 1])
def test_no_row_is_lost_between_chunks(count: int) -> None:
    body = json.dumps(document([[i, str(i)] for i in range(count)])).encode()
    assert as_lists(body) == [[i, str(i)] for i in range(count)]


def test_two_columns_of_one_name_are_refused() -> None:
    body = json.dumps(document([[1, "a"]], [{**COLUMNS[0], "name": "s"}, COLUMNS[1]])).encode()
    with pytest.raises(WorkspaceError, match="could not be read"):
        read_answer(body, None)


@pytest.mark.parametrize("details", [5, "text", {"message": "x"}, [5, None]])
def test_a_reason_in_no_known_form(details: object) -> None:
    error = {"message": "cut", "details": details}
    assert read_answer(json.dumps({**document([]), "error": error}).encode(), None).partial == "cut"


def test_the_order_of_keys_and_unknown_keys_do_not_matter() -> None:
    body = (
        b'{"render":{"a":[1]},"error":{"code":"PartialError","message":"late"},'
        b'"tables":[{"rows":[[1,"a"],[2,"b"]],"more":null,"name":"P",'
        b'"columns":[{"type":"long","name":"n"},{"type":"string","name":"s","x":1}]}]}'
    )
    answer = read_answer(body, 1)
    assert answer.table.to_pydict() == {"n": [1], "s": ["a"]}
    assert answer.partial == "late Only the first 1 of 2 rows were kept."


def test_all_decimals_of_a_column_share_one_precision() -> None:
    values = ["1"] * CHUNK_ROWS + ["0.123456789", None, "-12345678901234567890.5"]
    columns = [{"name": "d", "type": "decimal"}]
    body = json.dumps(document([[value] for value in values], columns)).encode()
    found = read_answer(body, None).table.column("d").to_pylist()
    assert found[-3:] == [Decimal("0.123456789"), None, Decimal("-12345678901234567890.5")]


def test_only_the_first_table_is_kept() -> None:
    body = json.dumps({"tables": [*document([[1, "a"]])["tables"]] * 3}).encode()
    answer = read_answer(body, None)
    assert answer.count == 1 and answer.partial is not None and "3 tables" in answer.partial


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"<html>proxy</html>",
        b'{"tables":null}',
        b'{"tables":[{"columns":[{"name":"n"}],"rows":[]}]}',
        b'{"tables":[{"rows":[]}]}',
        b'{"tables":[{"columns":[{"name":"n","type":"long"}],"rows":[[1,2]]}]}',
        b'{"tables":[{"columns":[{"name":"n","type":"long"}],"rows":[{"n":1}]}]}',
        b'{"tables":[{"columns":[{"name":"n","type":"long"}],"rows":[["secret cell"]]}]}',
        b'{"tables":[{"columns":[{"name":"n","type":"timespan"}],"rows":[["secret cell"]]}]}',
        b'{"tables":' + b"[" * 100_000,
        b"\xff\xfe{}",
    ],
)
def test_what_is_no_answer_is_told_without_its_cells(body: bytes) -> None:
    with pytest.raises(WorkspaceError, match="could not be read") as caught:
        read_answer(body, None)
    assert "secret" not in str(caught.value)
