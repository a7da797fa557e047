"""Documented values of columns, said in words."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soc_tui.analysts.offline.planner.said_values import documented, said_values
from soc_tui.guardrails.catalog import load_catalog
from soc_tui.guardrails.documented_values import documented_values
from tests.analysts.offline.planner.test_asked_is_planned import planned

CATALOG = load_catalog()


@pytest.mark.parametrize(
    ("table", "text", "values"),
    [
        ("AWSCloudTrail", "who deleted a trail or stopped logging", {"DeleteTrail", "StopLogging"}),
        (
            "AWSCloudTrail",
            "creation of a user, role and group",
            {"CreateUser", "CreateRole", "CreateGroup"},
        ),
        (
            "AWSCloudTrail",
            "modification of snapshot and image attributes",
            {"ModifySnapshotAttribute", "ModifyImageAttribute"},
        ),
        ("DeviceEvents", "remote threads created by an api call", {"CreateRemoteThreadApiCall"}),
        ("DeviceEvents", "screenshots taken on win-07", {"ScreenshotTaken"}),
        ("DeviceEvents", "scheduled tasks that an admin uses", set()),
        (
            "CloudAppEvents",
            "files renamed or downloaded",
            {"FileRenamed", "FileDownloaded"},
        ),
        (
            "IdentityDirectoryEvents",
            "account password was changed",
            {"Account Password changed"},
        ),
        ("BehaviorAnalytics", "users failing to log on", {"FailedLogOn"}),
        ("Event", "warning events", {"Warning"}),
        ("SigninLogs", "guests who signed in to Azure Key Vault", {"Guest", "Azure Key Vault"}),
        ("SigninLogs", "sign-ins of alice", set()),
    ],
)
def test_a_documented_value_is_found_in_words(table: str, text: str, values: set[str]) -> None:
    assert {one.value for one in said_values(text, CATALOG.tables[table])} == values


def test_a_value_that_is_denied_is_left_out() -> None:
    _, kql = planned("Event table without warnings in the last day")
    assert 'EventLevelName !in~ ("Warning")' in kql or 'EventLevelName != "Warning"' in kql


def test_a_value_counts_as_applied_and_leads_to_its_table() -> None:
    plan, kql = planned("who made an open process api call on win-07")
    assert plan.table_name == "DeviceEvents" and plan.not_applied == ()
    assert '"OpenProcessApiCall"' in kql


def test_part_of_a_value_is_written_as_documented() -> None:
    blobs = CATALOG.tables["StorageBlobLogs"]
    assert documented("Category", "reading", blobs) == "StorageRead"
    assert documented("Category", "StorageWrite", blobs) == "StorageWrite"
    assert documented("Category", "storage", blobs) == "storage"


@given(st.text(max_size=80))
@settings(max_examples=50, deadline=None)
def test_any_text_says_only_documented_values_at_places_in_it(text: str) -> None:
    table = CATALOG.tables["DeviceEvents"]
    for one in said_values(text, table):
        assert one.value in documented_values(table)[one.column]
        assert all(0 <= start < end <= len(text) for start, end in one.spans)


def test_documented_values_are_of_columns_that_are_there() -> None:
    from soc_tui.guardrails.documented_values import known_tables

    for name, columns in known_tables().items():
        tables = [one for one in CATALOG.tables.values() if name in ("any", one.name)]
        for column in columns if tables else ():  # others may come by catalog.toml
            assert any(table.column(column) for table in tables), (name, column)


@pytest.mark.parametrize(
    ("text", "filter_"),
    [
        ("syslog messages related to oom in the last day", 'contains "oom"'),
        ("alerts regarding crypto wallets", 'contains "crypto wallet"'),
        ("quota related syslog messages", 'contains "quota"'),
        ("emails about invoices", 'contains "invoice"'),
        ("configuration assessments of devices that are not compliant", "IsCompliant == false"),
        ("configuration assessments that are applicable", "IsApplicable == true"),
    ],
)
def test_a_subject_and_a_yes_or_no_are_filters(text: str, filter_: str) -> None:
    plan, kql = planned(text)
    assert filter_ in kql and not set(plan.not_applied) & set(filter_.split('"'))


@pytest.mark.parametrize(
    ("text", "table"),
    [
        ("failed logins of users in the last 3 days", "IdentityLogonEvents"),
        ("failed logins on win-07", "DeviceLogonEvents"),
        ("phone registrations for mfa last week", "AuditLogs"),
        ("who activated a role in pim", "AuditLogs"),
        ("queries against our log analytics workspace", "LAQueryLogs"),
        ("RegistryEvents of win-07", "DeviceRegistryEvents"),
        ("users involved in alerts last week", "AlertEvidence"),
        ("devices involved with alert 171bafd2531abc", "AlertEvidence"),
        ("hosts that resolved evil.example", "DeviceEvents"),
    ],
)
def test_the_table_is_found_by_what_is_asked_of_it(text: str, table: str) -> None:
    assert planned(text)[0].table_name == table


def test_an_alert_is_named_by_its_id() -> None:
    _, kql = planned("devices involved with alert 171bafd2531abc")
    assert 'AlertId in~ ("171bafd2531abc")' in kql or 'AlertId =~ "171bafd2531abc"' in kql


def test_a_yes_or_no_is_not_asked_for_beside_the_column_that_says_it() -> None:
    assert "IsRisky" not in planned("risky sign-ins of the last 7 days")[1]
