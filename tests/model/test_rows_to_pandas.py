"""`Rows.to_pandas`: a pandas type for each KQL type, and every cell as it was."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from soc_tui.model.catalog import Column, KqlType
from soc_tui.model.rows import Rows
from soc_tui.workspaces.local.arrow_rows import ARROW_TYPES

DTYPES = {
    KqlType.BOOL: "boolean",
    KqlType.DATETIME: "datetime64[us, UTC]",
    KqlType.DYNAMIC: "string",
    KqlType.GUID: "string",
    KqlType.INT: "Int32",
    KqlType.LONG: "Int64",
    KqlType.REAL: "float64",
    KqlType.STRING: "string",
    KqlType.TIMESPAN: "timedelta64[us]",
}
FIRST = dt.datetime(1, 1, 1, tzinfo=dt.UTC)
LAST = dt.datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=dt.UTC)
CELLS: dict[KqlType, st.SearchStrategy[Any]] = {
    KqlType.BOOL: st.booleans(),
    KqlType.DATETIME: st.datetimes(timezones=st.just(dt.UTC)),
    KqlType.DYNAMIC: st.sampled_from(['{"a":[1,null]}', "[]", '"text"']),
    KqlType.GUID: st.uuids().map(str),
    KqlType.INT: st.integers(-(2**31), 2**31 - 1),
    KqlType.LONG: st.integers(-(2**63), 2**63 - 1),
    KqlType.REAL: st.floats(allow_nan=False),
    KqlType.STRING: st.text(),
    KqlType.TIMESPAN: st.timedeltas(dt.timedelta(days=-99_999), dt.timedelta(days=99_999)),
}


def column(kind: KqlType, cells: list[Any]) -> pd.Series[Any]:
    table = pa.table({"C": pa.array(cells, ARROW_TYPES[kind])})
    return Rows(table, (Column("C", kind),)).to_pandas()["C"]


@pytest.mark.parametrize("kind", list(DTYPES))
def test_each_kql_type_has_a_pandas_type_also_without_a_row(kind: KqlType) -> None:
    assert column(kind, []).dtype == DTYPES[kind]
    assert column(kind, [None]).dtype == DTYPES[kind]
    assert column(kind, [None]).isna().all()


@pytest.mark.parametrize("kind", list(DTYPES))
@given(data=st.data())
def test_every_cell_comes_back_as_it_was(kind: KqlType, data: st.DataObject) -> None:
    cells = data.draw(st.lists(st.none() | CELLS[kind], max_size=8))

    made = column(kind, cells)

    assert [None if pd.isna(cell) else cell for cell in made] == cells


def test_a_large_whole_number_beside_a_null_keeps_its_last_digit() -> None:
    assert column(KqlType.LONG, [2**53 + 1, None])[0] == 2**53 + 1


def test_times_reach_over_the_years_of_kql() -> None:
    times = column(KqlType.DATETIME, [FIRST, LAST])

    assert [str(time) for time in times] == [
        "0001-01-01 00:00:00+00:00",
        "9999-12-31 23:59:59.999999+00:00",
    ]


def test_a_decimal_keeps_every_digit() -> None:
    table = pa.table({"C": pa.array([Decimal("0.10"), None])})
    made = Rows(table, (Column("C", KqlType.DECIMAL),)).to_pandas()["C"]

    assert made.tolist() == [Decimal("0.10"), None]


def test_a_hostile_cell_and_name_stay_text() -> None:
    table = pa.table({"=cmd|' /C calc'!A0": ["\x1b]0;owned\x07", "{x}", "NaN", ""]})
    name = table.column_names[0]
    frame = Rows(table, (Column(name, KqlType.STRING),)).to_pandas()

    assert list(frame.columns) == [name]
    assert frame[name].tolist() == ["\x1b]0;owned\x07", "{x}", "NaN", ""]
    assert not frame[name].isna().any()
