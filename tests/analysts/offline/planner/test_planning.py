from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soc_tui.analysts import PlanRequest
from soc_tui.analysts.offline.planner.conversation import outcome
from soc_tui.guardrails.catalog import load_catalog
from soc_tui.guardrails.judge import judge_kql
from soc_tui.model.catalog import Catalog, TableSpec
from soc_tui.model.errors import AnalystError
from soc_tui.model.limits import Limits
from soc_tui.model.plan import Operator, Plan, Predicate, Reply
from tests.analysts.offline.planner.hunted_columns import hunted_columns

NOW = dt.datetime(2026, 11, 24, 13, 30, tzinfo=dt.UTC)
CATALOG = load_catalog()
HASH = "9ef877ff43ab1fbde0ce8ff48f0515fb6d0151dca8f25646ea441371ce11b2f6"


def planned(text: str, **given: object) -> Plan:
    request = PlanRequest(text, CATALOG, Limits(), NOW, **given)  # type: ignore[arg-type]
    found = outcome(request, hunted_columns)
    assert isinstance(found, Plan), found
    return found


@pytest.mark.parametrize(
    ("text", "table"),
    [
        ("suspicious powershell in the last 7 days", "DeviceProcessEvents"),
        ("encoded command lines", "DeviceProcessEvents"),
        ("anything odd on host win-07 in the last 12 hours?", "DeviceProcessEvents"),
        ("is there any malware?", "DeviceProcessEvents"),
        ("who cleared the event logs?", "DeviceProcessEvents"),
        ("network connections to rare domains", "DeviceNetworkEvents"),
        ("signs of beaconing or exfiltration", "DeviceNetworkEvents"),
        ("RDP brute force on srv-dc-01", "DeviceLogonEvents"),
        ("failed logons since Monday", "DeviceLogonEvents"),
        ("files downloaded today", "DeviceFileEvents"),
        ("archives written to odd folders", "DeviceFileEvents"),
        (HASH, "DeviceFileEvents"),
        ("registry persistence with run keys", "DeviceRegistryEvents"),
        ("password spray", "SigninLogs"),
        ("MFA fatigue in Entra", "SigninLogs"),
        ("sign-ins from unusual countries", "SigninLogs"),
        ("role assignments in Azure", "AzureActivity"),
        ("storage keys listed", "AzureActivity"),
        ("network security group flows", "AzureNetworkAnalytics_CL"),
        ("NSG traffic on port 3389", "AzureNetworkAnalytics_CL"),
        ("high severity alerts", "AlertInfo"),
        ("evidence of alerts", "AlertEvidence"),
        ("show DeviceRegistryEvents of powershell", "DeviceRegistryEvents"),
        ("203.0.113.5", "DeviceNetworkEvents"),
        ("alice@contoso.com", "SigninLogs"),
    ],
)
def test_words_choose_the_table(text: str, table: str) -> None:
    found = planned(text)
    assert found.table_name == table
    assert table in found.rationale


def test_suspicious_powershell() -> None:
    found = planned("suspicious powershell in the last 7 days")
    (predicate,) = found.predicates
    assert predicate.operator is Operator.HAS
    assert predicate.values == ("powershell",)
    assert {"FileName", "ProcessCommandLine"} <= set(predicate.columns)
    assert found.time_range_hours == 168
    assert "powershell" in found.rationale and "7 days" in found.rationale


def test_odd_on_a_host() -> None:
    found = planned("anything odd on host win-07 in the last 12 hours?")
    assert (found.device_name, found.time_range_hours) == ("win-07", 12)
    assert found.predicates == ()
    assert found.about_individual_host and not found.about_individual_user


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("processes on win-07", "win-07"),
        ("processes on srv-dc-01 today", "srv-dc-01"),
        ("what ran on DESKTOP-4F2K9?", "DESKTOP-4F2K9"),
        ("host win-07.corp.contoso.com processes", "win-07.corp.contoso.com"),
        ('processes of host "alpha"', "alpha"),
        ("processes on monday", ""),
        ("processes on host and network", ""),
        ("processes in the last 24 hours", ""),
        ("T1059 in processes", ""),
        ("process sha-256 hashes", ""),
    ],
)
def test_hosts(text: str, host: str) -> None:
    assert planned(text).device_name == host


def test_two_hosts_become_one_predicate() -> None:
    found = planned("processes on win-07 and win-08")
    assert found.device_name == ""
    assert found.predicates[0].values == ("win-07", "win-08")
    assert found.predicates[0].operator is Operator.HAS_ANY


def test_a_full_account_name_goes_where_the_table_keeps_it() -> None:
    assert planned("sign-ins of alice@contoso.com").user_principal_name == "alice@contoso.com"
    azure = planned("azure activity of alice@contoso.com")
    assert (azure.caller, azure.user_principal_name) == ("alice@contoso.com", "")
    logons = planned("rdp logons of alice@contoso.com")
    assert ("alice",) in [predicate.values for predicate in logons.predicates]


def test_a_short_account_name_is_looked_for_in_account_columns() -> None:
    found = planned("what processes did user alice run")
    assert found.about_individual_user
    assert found.predicates[0].values == ("alice",)
    assert "AccountName" in found.predicates[0].columns
    assert planned(r"processes of contoso\bob").predicates[0].values == ("bob",)


def test_addresses_hashes_files_domains_and_phrases() -> None:
    found = planned("connections to 203.0.113.5 and fe80::1 or cdn.evil-site.com last 3 days")
    values = [predicate.values for predicate in found.predicates]
    assert ("203.0.113.5", "fe80::1") in values
    assert ("cdn.evil-site.com",) in values
    assert found.time_range_hours == 72
    assert planned(f"file {HASH.upper()}").predicates[0].columns == ("SHA256",)
    assert planned("file Invoice.docm").predicates[0].values == ("Invoice.docm",)
    phrase = planned('processes with "Add-MpPreference" in them').predicates
    assert phrase[0].operator is Operator.CONTAINS


def test_what_the_table_has_no_column_for_is_said() -> None:
    found = planned("security incidents about 203.0.113.5")
    assert found.not_applied == ("203.0.113.5",)


def test_remote_desktop_narrows_logons() -> None:
    found = planned("RDP logons in the last day")
    assert [p.values for p in found.predicates] == [("RemoteInteractive",)]


def test_time_is_clamped_and_said() -> None:
    found = planned("powershell in the last 400 days")
    assert found.time_range_hours == Limits().max_hours
    assert "longer than allowed" in found.rationale
    assert planned("powershell").time_range_hours == Limits().default_hours


def test_fields_are_of_the_catalog_and_enough_for_the_hunt() -> None:
    for name, table in CATALOG.tables.items():
        found = planned(f"show {name}")
        assert found.table_name == name
        assert set(found.fields) <= set(table.column_names)
        assert set(hunted_columns(name)) & set(table.column_names) <= set(found.fields)
        assert not table.time_column or table.time_column in found.fields


def test_a_refused_plan_comes_back_with_other_fields() -> None:
    first = planned("powershell")
    second = planned("powershell", feedback="Some fields may not be asked for.", refused=first)
    assert second.fields != first.fields
    table = CATALOG.table("DeviceProcessEvents")
    assert table is not None and set(second.fields) <= set(table.column_names)


def test_a_table_that_the_catalog_lacks_is_not_planned() -> None:
    request = PlanRequest("powershell", Catalog({"Other": TableSpec("Other", ())}), Limits(), NOW)
    with pytest.raises(AnalystError, match="catalog"):
        outcome(request, hunted_columns)


@pytest.mark.parametrize(
    ("text", "filters"),
    [
        ("what did winword.exe start?", ["InitiatingProcessFileName has winword.exe"]),
        ("cmd.exe started by w3wp.exe", ["InitiatingProcessFileName has w3wp.exe"]),
        ("was evil.exe written to disk?", ["FileName has evil.exe"]),
        ("files that evil.exe wrote", ["InitiatingProcessFileName has evil.exe"]),
        ("processes of erik.lindqvist", ["AccountName has erik.lindqvist"]),
        ("processes started by root", ["AccountName has root"]),
        ("encoded powershell commands", ["ProcessCommandLine has_any -enc"]),
        ("whoami or net commands", ["FileName in~ net.exe"]),
        ("rundll32 with comsvcs", ["FileName has rundll32", "FileName has comsvcs"]),
        ("alice's logons", ["AccountName has alice"]),
        ("failed logons of svc-scan", ["AccountName has svc-scan", "ActionType in~ LogonFailed"]),
        ("ssh logins to lin-01", ["Protocol in~ ssh"]),
        ("network logons by ntlm", ["LogonType in~ Network", "Protocol in~ NTLM"]),
        ("connections on port 3389", ["RemotePort in~ 3389"]),
        ("dns queries of lin-web-01", ["RemotePort in~ 53"]),
        ("connections to dc-01.corp.example", ["RemoteUrl has dc-01.corp.example"]),
        ("renamed files", ["ActionType in~ FileRenamed"]),
        ("zip or 7z archives", ["FileName endswith .zip"]),
        (r"files in C:\Users\Public", [r"FolderPath contains C:\Users\Public"]),
        ("run key changes", [r"RegistryKey contains \CurrentVersion\Run"]),
        (
            r"changes to HKLM\SYSTEM\CurrentControlSet\Control\Lsa",
            [r"RegistryKey contains Control\Lsa"],
        ),
        ("failed sign-ins", ["ResultType != 0"]),
        ("sign-ins from the Seychelles", ["Location in~ SC"]),
        ("sign-ins from outside Norway", ["Location !in~ NO"]),
        ("mfa denials (500121)", ["ResultType in~ 500121"]),
        ("medium or high risk sign-ins", ["RiskLevelDuringSignIn in~ medium"]),
        ("role assignments created in Azure", ["OperationNameValue has roleAssignments"]),
        ("denied NSG flows to port 22", ["FlowStatus_s in~ D", "DestPort_d in~ 22"]),
        ("flows of the rule Allow-Temp-Maint", ["NSGRule_s has Allow-Temp-Maint"]),
        ("high severity alerts", ["Severity in~ high"]),
        ("security event 4625", ["EventID == 4625"]),
        ("processes on win-07 without svc-backup", ["AccountName !has svc-backup"]),
        ("processes excluding chrome.exe", ["FileName !in~ chrome.exe"]),
    ],
)
def test_words_become_filters(text: str, filters: list[str]) -> None:
    found = [
        f"{column} {one.operator} {one.values[0]}"
        for one in planned(text).predicates
        for column in one.columns
    ]
    assert set(filters) <= set(found)


def test_moments_become_filters_on_the_time() -> None:
    found = planned("processes on dc-01 yesterday between 8 and 10")
    assert found.time_range_hours == 30  # reaches the beginning; the filters say the rest
    assert found.predicates == (
        Predicate(("TimeGenerated",), Operator.GREATER_OR_EQUAL, ("2026-11-23T08:00:00Z",)),
        Predicate(("TimeGenerated",), Operator.LESS, ("2026-11-23T10:00:00Z",)),
    )
    assert planned("processes in the last 3 days").predicates == ()


@pytest.mark.parametrize(
    ("text", "by", "most"),
    [
        ("top 5 accounts by failed sign-ins", "UserPrincipalName", "top 5 by"),
        ("how many hosts connected to 203.0.113.9?", "DeviceName", "top 100 by"),
        ("number of processes per user on win-07", "AccountName", "top 100 by"),
        ("most common operations in Azure", "OperationNameValue", "top 10 by"),
    ],
)
def test_numbers_are_counted_by_the_query(text: str, by: str, most: str) -> None:
    found = planned(text)
    assert f" by {by}\n| {most}" in found.kql
    assert "| summarize Records = count()" in found.kql
    assert judge_kql(found.kql, CATALOG, Limits()).allowed
    assert planned("failed sign-ins").kql == ""


@given(st.text(max_size=300))
@settings(max_examples=150, deadline=None)
def test_any_text_is_planned_or_answered(text: str) -> None:
    found = outcome(PlanRequest(text, CATALOG, Limits(), NOW), hunted_columns)
    if isinstance(found, Reply):
        assert found.text
        return
    table = CATALOG.table(found.table_name)
    assert table is not None
    assert set(found.fields) <= set(table.column_names)
    assert 0 < found.time_range_hours <= Limits().max_hours
    for predicate in found.predicates:
        assert set(predicate.columns) <= set(table.column_names)
        assert predicate.values
