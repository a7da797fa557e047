"""Defender's Timestamp and Sentinel's TimeGenerated."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from soc_tui.guardrails.catalog import load_catalog
from soc_tui.kql.writing.dialect import Dialect, in_the_other, turned
from tests.guardrails import allowed

CATALOG = load_catalog()

PAIRS = [
    (
        "DeviceProcessEvents | where Timestamp > ago(1d) | project Timestamp, FileName",
        "DeviceProcessEvents | where TimeGenerated > ago(1d) | project TimeGenerated, FileName",
    ),
    (
        "DeviceEvents | summarize arg_max(Timestamp, *), min(Timestamp) by DeviceId\n"
        "| where max_Timestamp > ago(1d) and min_Timestamp < now() // Timestamp",
        "DeviceEvents | summarize arg_max(TimeGenerated, *), min(TimeGenerated) by DeviceId\n"
        "| where max_TimeGenerated > ago(1d) and min_TimeGenerated < now() // TimeGenerated",
    ),
    (
        "EmailEvents | join (AlertInfo) on $left.Timestamp == $right.Timestamp "
        "| project Timestamp1",
        "EmailEvents | join (AlertInfo) on $left.TimeGenerated == $right.TimeGenerated "
        "| project TimeGenerated1",
    ),
    (
        "DeviceEvents | where AdditionalFields.Timestamp == 'a' and ['Timestamp'] > ago(1d) "
        "and FileName == 'Timestamp' and a['Timestamp'] == 1",
        "DeviceEvents | where AdditionalFields.Timestamp == 'a' and ['TimeGenerated'] > ago(1d) "
        "and FileName == 'Timestamp' and a['Timestamp'] == 1",
    ),
    (
        'DeviceEvents | extend t = column_ifexists("Timestamp", now()), EventTimestamp = 1',
        'DeviceEvents | extend t = column_ifexists("TimeGenerated", now()), EventTimestamp = 1',
    ),
    (
        "DeviceEvents | scan with (step s: true; step t: Timestamp > s.Timestamp;)",
        "DeviceEvents | scan with (step s: true; step t: TimeGenerated > s.TimeGenerated;)",
    ),
]


@pytest.mark.parametrize(("defender", "sentinel"), PAIRS)
def test_each_form_becomes_the_other(defender: str, sentinel: str) -> None:
    assert turned(defender, Dialect.SENTINEL, CATALOG).kql == sentinel
    assert turned(sentinel, Dialect.DEFENDER, CATALOG).kql == defender
    assert in_the_other(defender, CATALOG).kql == sentinel
    assert in_the_other(sentinel, CATALOG).kql == defender


def test_it_says_what_it_did() -> None:
    assert turned(PAIRS[0][0], Dialect.SENTINEL, CATALOG).note == (
        "Timestamp became TimeGenerated: 2 places."
    )
    done = turned("SigninLogs | where TimeGenerated > ago(1d)", Dialect.DEFENDER, CATALOG)
    assert done.kql == "SigninLogs | where TimeGenerated > ago(1d)"
    assert done.note == "SigninLogs is not in Defender's advanced hunting: nothing changed."
    assert turned("print 1", Dialect.SENTINEL, CATALOG).note == (
        "No Timestamp to turn into TimeGenerated."
    )


def test_the_catalog_knows_which_tables_defender_has() -> None:
    there = {name for name, table in CATALOG.tables.items() if table.in_defender}
    assert {"DeviceProcessEvents", "EmailEvents", "AlertInfo", "IdentityLogonEvents"} <= there
    assert not there & {"SigninLogs", "SecurityEvent", "Syslog", "OfficeActivity"}


QUERIES = [query for queries in allowed.BOUNDED.values() for query in queries]


@given(st.sampled_from(QUERIES))
def test_there_and_back_is_the_same(kql: str) -> None:
    there = turned(kql, Dialect.DEFENDER, CATALOG).kql
    if "Timestamp" not in kql:
        assert turned(there, Dialect.SENTINEL, CATALOG).kql == kql
