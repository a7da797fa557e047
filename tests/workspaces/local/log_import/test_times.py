"""Times are read as the portals of each locale, the APIs and Windows write them."""

import datetime as dt

import duckdb
import pytest

from soc_tui.workspaces.local.log_import.times import (
    DateOrder,
    add_time_functions,
    as_time,
    read_time,
)

DAY, MONTH = DateOrder.DAY_FIRST, DateOrder.MONTH_FIRST
AFTERNOON = dt.datetime(2026, 11, 28, 13, 2, 3)
FORMS: list[tuple[str, DateOrder | None, dt.datetime | None]] = [
    ("2026-11-28T13:02:03Z", None, AFTERNOON),
    ("2026-11-28T15:02:03+0200", None, AFTERNOON),
    ("2026-11-28 15:02:03 +02:00", None, AFTERNOON),  # PowerShell, Hayabusa
    ("2026-11-28 13:02:03,250", None, AFTERNOON.replace(microsecond=250_000)),  # log4j
    ("2026-11-28 13:02:03.1234567 UTC", None, AFTERNOON.replace(microsecond=123_456)),
    ("2026-11-28, 1:02:03 p.m.", None, AFTERNOON),  # en-CA
    ("2026/11/28 13:02:03", None, AFTERNOON),  # ja, en-ZA
    ("2026/11/28 下午1:02:03", None, AFTERNOON),  # zh-TW
    ("2026. 11. 28. 오후 1:02:03", None, AFTERNOON),  # ko
    ("2026年11月28日 13:02:03", None, AFTERNOON),
    ("20261128T130203Z", None, AFTERNOON),
    ("28/11/2026, 13:02:03", DAY, AFTERNOON),  # en-GB, fr, es
    ("28/11/2026, 1:02:03 pm", DAY, AFTERNOON),  # en-AU
    ("28.11.2026, 13:02:03", DAY, AFTERNOON),  # de
    ("28.11.2026 13.02.03", DAY, AFTERNOON),  # da, fi
    ("28-11-2026 13:02:03", DAY, AFTERNOON),  # nl
    ("28. 11. 2026 13:02:03", DAY, AFTERNOON),  # cs
    ("28.11.26 13:02:03", DAY, AFTERNOON),
    ("11/28/2026, 1:02:03 PM", MONTH, AFTERNOON),  # en-US
    ("11/28/2026, 1:02:03\u202fPM", MONTH, AFTERNOON),  # the same in newer browsers
    ("28/11/2026, 13:02:03", MONTH, None),
    ("Nov 28, 2026 1:02:03 PM", None, AFTERNOON),  # Defender
    ("Nov 28, 2026 @ 13:02:03.000", None, AFTERNOON),  # Kibana
    ("Saturday, November 28, 2026 1:02:03 PM", None, AFTERNOON),
    ("28. Nov. 2026, 13:02:03", None, AFTERNOON),
    ("28 nov. 2026 à 13:02:03", None, None),  # not known: nothing is guessed
    ("28 de nov. de 2026 13:02:03", None, AFTERNOON),
    ("28/Nov/2026:15:02:03 +0200", None, AFTERNOON),  # Apache
    ("Sat Nov 28 13:02:03 2026", None, AFTERNOON),
    ("Sat, 28 Nov 2026 13:02:03 GMT", None, AFTERNOON),
    ("/Date(1795870923000)/", None, AFTERNOON),
    ("1795870923", None, AFTERNOON),
    ("1795870923.25", None, AFTERNOON.replace(microsecond=250_000)),
    ("1795870923000", None, AFTERNOON),
    ("1795870923000000", None, AFTERNOON),
    ("1795870923000000000", None, AFTERNOON),
    ("134403445230000000", None, AFTERNOON),  # FILETIME
    ("infinity", None, None),
    ("10.0.19045.1", DAY, None),
    ("31/31/2026", DAY, None),
    ("", None, None),
]


@pytest.fixture(scope="module")
def con() -> duckdb.DuckDBPyConnection:
    made = duckdb.connect()
    made.execute("SET TimeZone = 'UTC'")
    add_time_functions(made)
    return made


@pytest.mark.parametrize("order", [None, DAY, MONTH])
def test_every_form_is_read(con: duckdb.DuckDBPyConnection, order: DateOrder | None) -> None:
    forms = [(text, moment) for text, of, moment in FORMS if of is order]
    assert forms
    con.execute("CREATE OR REPLACE TEMP TABLE forms (place INTEGER, text VARCHAR)")
    con.executemany("INSERT INTO forms VALUES (?, ?)", [(n, t) for n, (t, _) in enumerate(forms)])
    found = con.execute(f"SELECT {as_time('text', order)} FROM forms ORDER BY place").fetchall()
    read = {text: moment for (text, _), (moment,) in zip(forms, found, strict=True)}
    assert read == dict(forms)


def test_what_no_calendar_has_is_no_time() -> None:
    assert read_time("32/01/2026 10:00", DAY) is None
    assert read_time("1/2/2026 13:00 PM", DAY) is None
    assert read_time("/Date(99999999999999999)/") is None
