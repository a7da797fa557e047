"""Requests as analysts type them: short forms, slips, "not x", lists, thresholds, new tables."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest

from soc_tui.analysts import PlanRequest
from soc_tui.analysts.offline.planner.catalog_words import fits
from soc_tui.analysts.offline.planner.column_kinds import Kind, columns_of
from soc_tui.analysts.offline.planner.conversation import outcome
from soc_tui.analysts.offline.planner.countries import countries
from soc_tui.analysts.offline.planner.noted_values import all_names, noted
from soc_tui.analysts.offline.planner.shorthand import written_out
from soc_tui.guardrails.catalog import load_catalog
from soc_tui.guardrails.judge import judge_kql
from soc_tui.kql.writing.build import build
from soc_tui.model.catalog import Catalog, Column, KqlType, TableSpec
from soc_tui.model.limits import Limits
from soc_tui.model.plan import Plan

NOW = dt.datetime(2026, 11, 25, 13, 30, tzinfo=dt.UTC)
CATALOG = load_catalog()
LIMITS = Limits()
PROCESS, NETWORK, FILE = "DeviceProcessEvents", "DeviceNetworkEvents", "DeviceFileEvents"
LOGON, SIGN_IN = "DeviceLogonEvents", "SigninLogs"


def planned(text: str, catalog: Catalog = CATALOG) -> tuple[Plan, str]:
    plan = outcome(PlanRequest(text, catalog, LIMITS, NOW), lambda _: ())
    assert isinstance(plan, Plan), plan
    kql = plan.kql or build(plan, catalog, LIMITS).kql
    assert judge_kql(kql, catalog, LIMITS, NOW).allowed
    return plan, kql


@pytest.mark.parametrize(
    ("text", "table", "parts"),
    [
        ("conns from win-07 w/o a remote url", NETWORK, ["isempty(RemoteUrl)", "win-07"]),
        ("any proc on win-12 where parent is calc.exe or notepad.exe", PROCESS,
         ['InitiatingProcessFileName in~ ("calc.exe", "notepad.exe")']),
        ("syslog sshd accepted from 203.0.113.9 excl. root", "Syslog",
         ['SyslogMessage !has "root"']),
        ("processes started by w3wp.exe, not conhost.exe", PROCESS,
         ['FileName !in~ ("conhost.exe")', '"w3wp.exe"']),
        ("nsg rule changes by someone who isnt ops@contoso.com", "AzureActivity",
         ['Caller !has "ops@contoso.com"']),
        ("logons on srv-sql-02 with ntlm, not kerberos", LOGON,
         ['Protocol in~ ("NTLM")', 'Protocol !in~ ("Kerberos")']),
        ("sign-ins without mfa for ann@contoso.com", SIGN_IN,
         ['UserPrincipalName =~ "ann@contoso.com"', "singleFactorAuthentication"]),
        ("sign-ins by users not in norway, unsuccesful only", SIGN_IN,
         ['Location !in~ ("NO")', 'ResultType != "0"']),
        ("sign-ins from outside the us or canada", SIGN_IN, ['Location !in~ ("CA", "US")']),
        ("network events on remote port 4444, not to internal ips", NETWORK,
         ['RemoteIPType !in~ ("Private")']),
    ],
)  # fmt: skip
def test_short_forms_and_negations(text: str, table: str, parts: list[str]) -> None:
    plan, kql = planned(text)
    assert plan.table_name == table
    assert [part for part in parts if part not in kql] == []


@pytest.mark.parametrize(
    ("text", "table", "parts"),
    [
        ("dns or smb connections from win-07", NETWORK, ["RemotePort in (53, 445)"]),
        ("files renamed to .locked or .crypted on srv-file-01", FILE,
         ['FileName endswith ".locked" or FileName endswith ".crypted"']),
        ("dns requests to .top or .xyz domains", NETWORK, ['RemoteUrl endswith ".top"']),
        ("files > 100MB created by 7z.exe", FILE, ["FileSize > 104857600"]),
        ("files named report*.pdf.exe", FILE,
         ['FileName matches regex "(?i)^report.*\\\\.pdf\\\\.exe$"']),
        ("command line matches regex \\bcurl\\b, 7 days", PROCESS,
         ['matches regex "\\\\bcurl\\\\b"', "ago(7d)"]),
        ("logon type 10 on srv-dc-01", LOGON, ['LogonType in~ ("RemoteInteractive")']),
        ("traffic to 192.0.2.4 or bad.example", NETWORK,
         ['RemoteIP has_any ("192.0.2.4", "bad.example") or', "RemoteUrl has_any"]),
        ("alerts with T1059 or T1003", "AlertInfo", ['AttackTechniques has_any']),
        ("alerts mentioning rubeus or cobalt strike in the title", "AlertInfo",
         ['Title contains "rubeus" or Title contains "cobalt strike"']),
        ("alerts high or medium for srv-file-01", "AlertEvidence",
         ['Severity in~ ("high", "medium")']),
        ("sentinel incidents, severity high, oldest first", "SecurityIncident",
         ['Severity in~ ("high")', "order by TimeGenerated asc"]),
        ("event id 7045 where service name isn't \"Updater\"", "SecurityEvent",
         ["EventID in (7045)", 'ServiceName !in~ ("Updater")']),
        ("files on device 0a1b2c3d4e5f60718293a4b5c6d7e8f901234567", FILE,
         ['DeviceId in~ ("0a1b2c3d4e5f60718293a4b5c6d7e8f901234567")']),
        ("services installed with a path in temp or programdata", "DeviceRegistryEvents",
         ['RegistryValueData contains "\\\\Temp\\\\"', "ProgramData"]),
        ("powershell run but not by SYSTEM", PROCESS, ['AccountName !has "SYSTEM"']),
    ],
)  # fmt: skip
def test_values_and_lists(text: str, table: str, parts: list[str]) -> None:
    plan, kql = planned(text)
    assert plan.table_name == table
    assert [part for part in parts if part not in kql] == []


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("failed logons, >10 per account", ["by AccountName", "| where Records > 10"]),
        ("count of distinct countries per user for sign-ins",
         ["dcount(Location)", "by UserPrincipalName"]),
        ("which accounts were locked out more than 3 times", ["| where Records > 3"]),
        ("hosts talking to more than 50 different internal ips on 445",
         ["dcount(RemoteIP)", "RemoteIPs > 50", "Private"]),
        ("role assignments made in azure outside business hours", ["hourofday(TimeGenerated)"]),
        ("get one network event", ["top 1 by TimeGenerated desc"]),
    ],
)  # fmt: skip
def test_counts_and_hours(text: str, parts: list[str]) -> None:
    plan, kql = planned(text)
    assert [part for part in parts if part not in kql] == []
    assert plan.not_applied == ()


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("24 Nov 20:00 to 25 Nov 08:00", "2026-11-24 20:00 to 2026-11-25 08:00"),
        ("in october", "between 2026-10-01 and 2026-10-31"),
        ("in november", "between 2026-11-01 and 2026-11-25"),
        ("yesterday evening", "between 18:00 and 23:59 yesterday"),
        ('"w/o" procs', '"w/o" processes'),
        ("may have run", "may have run"),
    ],
)
def test_short_forms_are_written_out(text: str, written: str) -> None:
    assert written_out(text, NOW) == written


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("the user fails to log on", ""),
        ("users who have logged in", ""),
        ("devices attached to the network", ""),
        ("machines whose address changed", ""),
        ("consent by non admins", ""),
        ("logons of user alfred on win-07", "alfred"),
    ],
)
def test_what_somebody_does_is_no_name(text: str, name: str) -> None:
    plan, kql = planned(f"logons: {text}")
    assert plan.device_name in ("", "win-07")
    assert (name in kql) if name else not [p for p in plan.predicates if "Account" in p.columns[0]]


def test_usb_is_no_country() -> None:
    assert countries("the USB devices of the US") == ("US",)
    assert countries("the USB devices") == () == countries("tell us")
    assert countries("russian addresses") == ("RU",)


@pytest.mark.parametrize(
    ("text", "table"),
    [
        ("high severity alerts about 203.0.113.5", "AlertEvidence"),
        ("devices affected by CVE-2024-1234", "DeviceTvmSoftwareVulnerabilities"),
        ("intune audit logs", "IntuneAuditLogs"),
        ("bastion sessions of ann", "MicrosoftAzureBastionAuditLogs"),
        ("dhcp events in asim", "ASimDhcpEventLogs"),
        ("exposure graph edges", "ExposureGraphEdges"),
        ("chrome extensions on laptops", "DeviceTvmBrowserExtensions"),
        ("gcp audit logs of yesterday", "GCPAuditLogs"),
        ("ListAccessKeys or CreateUser calls in aws", "AWSCloudTrail"),
        ("samr queries on domain controllers", "IdentityQueryEvents"),
        ("sign-ins of managed identities", "AADManagedIdentitySignInLogs"),
        ("provisioning logs where ProvisioningAction is disable", "AADProvisioningLogs"),
    ],
)
def test_tables_are_found_by_their_own_words(text: str, table: str) -> None:
    assert planned(text)[0].table_name == table


MADE_UP = TableSpec(
    "KioskTerminalLogs",
    (
        Column("TimeGenerated", KqlType.DATETIME),
        Column("TerminalName", KqlType.STRING),
        Column("BadgeHolderName", KqlType.STRING),
        Column("PeerIpAddr", KqlType.STRING),
        Column("PeerPortNumber", KqlType.INT),
        Column("ActionType", KqlType.STRING),
        Column("DwellMs", KqlType.LONG),
    ),
    notes="Terminals in the lobby. ActionType is for example DoorForcedOpen, BadgeRead.",
)
GROWN = Catalog({**CATALOG.tables, MADE_UP.name: MADE_UP})


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("kiosk terminal activity from 192.0.2.9 on port 8443",
         ['PeerIpAddr has "192.0.2.9"', "PeerPortNumber in (8443)"]),
        ("door forced open in the lobby", ['ActionType in~ ("DoorForcedOpen")']),
        ("kiosk terminals where BadgeHolderName contains ann", ['BadgeHolderName contains "ann"']),
        ("kiosk terminals with dwell over 300 ms", ["DwellMs > 300"]),
    ],
)  # fmt: skip
def test_a_table_that_no_list_knows_is_reached(text: str, parts: list[str]) -> None:
    plan, kql = planned(text, GROWN)
    assert plan.table_name == MADE_UP.name
    assert [part for part in parts if part not in kql] == []


@pytest.mark.parametrize(
    ("text", "table", "parts", "absent"),
    [
        ("list all users located in the US", "IdentityInfo", ['Country in~ ("US")'], "located"),
        ("employees based in Germany", "IdentityInfo", ['Country in~ ("DE")'], "based"),
        ("documents downloaded by ann@contoso.com this week", "CloudAppEvents",
         ['ActionType contains "FileDownloaded"', '"ann"'], "DeviceName"),
        ("files shared by the user ann@contoso.com", "CloudAppEvents",
         ['ActionType contains "Shar"'], "DeviceName"),
        ("events involving notepad.exe on win-07", PROCESS, ['"notepad.exe"', "win-07"], "events"),
        ("100 device information and evidence details for high-severity alerts", "AlertEvidence",
         ['Severity in~ ("high")'], "information"),
        ("file events whose SHA256 is among the top hashes", FILE, [], "among"),
        ("for users that are in Security alerts show me all the failed logons", LOGON,
         ["LogonFailed"], "Security"),
        ("device details of win-07", "DeviceInfo", ["win-07"], "details"),
    ],
)  # fmt: skip
def test_ordinary_words_are_no_values(text: str, table: str, parts: list[str], absent: str) -> None:
    plan, kql = planned(text)
    assert plan.table_name == table
    assert [part for part in parts if part not in kql] == []
    assert f'"{absent}' not in kql


def test_columns_by_their_kind() -> None:
    assert columns_of(Kind.ADDRESS, MADE_UP) == ("PeerIpAddr",)
    assert columns_of(Kind.PORT, MADE_UP) == ("PeerPortNumber",)
    bare = dataclasses.replace(MADE_UP, columns=MADE_UP.columns[:1])
    assert columns_of(Kind.ADDRESS, bare) == ()


def test_ordinary_words_name_no_table_alone() -> None:
    found = {one.table: one.score for one in fits("windows older than 10", CATALOG)}
    assert found.get("WindowsEvent", 0) < 3


def test_products_are_no_operations() -> None:
    table, names = CATALOG.tables["DeviceEvents"], all_names(CATALOG)
    assert noted("PowerShell and OneDrive", table, names) == ()
    (found,) = noted("usb drive mounted", table, names)
    assert found.predicate.values == ("UsbDriveMounted",)
