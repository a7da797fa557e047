"""Requests as analysts type them: misspelt, with first names, thresholds, hours of the day."""

from __future__ import annotations

import datetime as dt

import pytest

from soc_tui.analysts import PlanRequest
from soc_tui.analysts.offline.planner.conversation import outcome
from soc_tui.analysts.offline.planner.times import hours_of_day
from soc_tui.guardrails.catalog import load_catalog
from soc_tui.guardrails.judge import judge_kql
from soc_tui.kql.writing.build import build
from soc_tui.model.hunt import Turn
from soc_tui.model.limits import Limits
from soc_tui.model.plan import Plan, Reply
from tests.analysts.offline.planner.hunted_columns import hunted_columns

NOW = dt.datetime(2026, 11, 25, 13, 30, tzinfo=dt.UTC)
CATALOG, LIMITS = load_catalog(), Limits()


def planned(*requests: str) -> tuple[Plan, str]:
    """The plan of the last request, after the others, and its KQL; the guardrails allow it."""
    turns: tuple[Turn, ...] = ()
    for text in requests:
        found = outcome(PlanRequest(text, CATALOG, LIMITS, NOW, previous=turns), hunted_columns)
        assert isinstance(found, Plan), found
        plan = found
        kql = plan.kql or build(plan, CATALOG, LIMITS).kql
        turns = (*turns, Turn(text, plan, kql, 10))
    judgement = judge_kql(kql, CATALOG, LIMITS)
    assert judgement.allowed, judgement
    return plan, kql


@pytest.mark.parametrize(
    ("text", "table", "parts"),
    [
        # hours of the day
        ("who logged on to dc-01 at night", "DeviceLogonEvents",
         ["hourofday(TimeGenerated) >= 22 or hourofday(TimeGenerated) < 6"]),
        ("rdp logons between 2 and 4 am this week", "DeviceLogonEvents",
         ["hourofday(TimeGenerated) >= 2 and hourofday(TimeGenerated) < 4", "2026-11-23T00:00"]),
        ("azure changes outside office hours", "AzureActivity", ["< 8", ">= 18", "(0d, 6d)"]),
        # figures
        ("top talkers last 24h", "DeviceNetworkEvents", ["by DeviceName", "top 10 by "]),
        ("top 5 users by failed sign-ins", "SigninLogs", ["by UserPrincipalName", "top 5 "]),
        ("rarest processes", "DeviceProcessEvents", ["by FileName", "by Records asc"]),
        ("malicious flows by country", "AzureNetworkAnalytics_CL", ["by Country_s"]),
        ("failed logons per hour today", "DeviceLogonEvents", ["bin(TimeGenerated, 1h)"]),
        ("accounts logging on to more than 5 hosts", "DeviceLogonEvents",
         ["dcount(DeviceName)", "by AccountName", "DeviceNames > 5"]),
        ("hosts with at least 50 failed connections", "DeviceNetworkEvents",
         ["ConnectionFailed", "by DeviceName", "Records >= 50"]),
        ("which user had the most failed sign-ins", "SigninLogs", ["by UserPrincipalName"]),
        # names
        ("sign-ins for ingrid", "SigninLogs", ['UserPrincipalName has "ingrid"']),
        ("what did Magnus do on win-07", "DeviceProcessEvents", ['AccountName has "Magnus"']),
        ("connections to 198.51.100.0/24", "DeviceNetworkEvents",
         ['RemoteIP startswith "198.51.100."']),
        ("connections from 10.20.x.x", "DeviceNetworkEvents", ['LocalIP startswith "10.20."']),
        ("tcp 3389 accepted on win-07", "DeviceNetworkEvents", ["LocalPort in (3389)"]),
        # kinds of programs and folders
        ("office apps spawning shells", "DeviceProcessEvents",
         ['InitiatingProcessFileName in~ ("winword.exe"', 'FileName in~ ("cmd.exe"']),
        ("webshell activity", "DeviceProcessEvents", ["w3wp.exe"]),
        ("processes running from temp or appdata folders", "DeviceProcessEvents",
         [r'FolderPath contains "\\Temp\\"', r'FolderPath contains "\\AppData\\"']),
        ("new local admins", "DeviceProcessEvents", ["localgroup"]),
        ("what did msedge_upd.exe connect to", "DeviceNetworkEvents", ["msedge_upd.exe"]),
        ("sessions unlocked on win-03", "DeviceLogonEvents", ["Unlock", "win-03"]),
        ("chrome launching shells", "DeviceProcessEvents",
         ['InitiatingProcessFileName has "chrome"']),
        # the table that can hold what is named
        ("alerts for win-07", "AlertEvidence", ["win-07"]),
        ("changes to defender settings on win-07", "DeviceRegistryEvents", ["win-07", "Defender"]),
        ("nsg rule changes", "AzureActivity", ["securityRules"]),
        ("traffic allowed to port 22", "AzureNetworkAnalytics_CL", ["DestPort_d"]),
        ("which devices talked to france", "AzureNetworkAnalytics_CL", ["Country_s"]),
        ("login failures on our domain controllers", "DeviceLogonEvents", ["LogonFailed"]),
        ("alerts with high severity", "AlertInfo", ['Severity in~ ("high")']),
    ],
)  # fmt: skip
def test_an_everyday_request_is_planned_as_meant(text: str, table: str, parts: list[str]) -> None:
    plan, kql = planned(text)
    assert plan.table_name == table
    assert [part for part in parts if part not in kql] == []


def test_misspelt_words_are_put_right_and_said() -> None:
    plan, kql = planned("powershel with encoded comand yesterdey")
    assert "“powershel” read as “powershell”" in plan.rationale
    assert 'has "powershell"' in kql and "-encodedcommand" in kql and "2026-11-24T00:00" in kql


@pytest.mark.parametrize(
    "text",
    ["failed logons on win-07", "defender alerts of win-07", "sign-ins from outside Norway",
     "user accounts trying to sign in", "files in user profile folders"],
)  # fmt: skip
def test_right_words_are_neither_corrected_nor_taken_for_names(text: str) -> None:
    plan, _ = planned(text)
    assert "read as" not in plan.rationale
    assert not any(
        "Account" in one.columns[0] or "User" in one.columns[0] for one in plan.predicates
    )


def test_words_that_changed_nothing_are_owned_up_to() -> None:
    assert planned("files with double extensions")[0].not_applied == ("double",)
    assert not planned("failed logons on win-07 yesterday")[0].not_applied


def test_the_hours_of_the_day_stay_in_a_conversation() -> None:
    _, kql = planned("logons to dc-01 last 3 days", "only at night", "only failed ones")
    assert "hourofday" in kql and "LogonFailed" in kql and "dc-01" in kql


@pytest.mark.parametrize(
    "text", ["between 2 and 4 am", "between 2 and 4 am yesterday", "last night"]
)
def test_times_of_one_day_are_no_hours_of_every_day(text: str) -> None:
    assert hours_of_day(text, NOW) is None


@pytest.mark.parametrize(
    ("before", "text", "parts"),
    [
        ("failed logons on win-07", "who had the most?", ["LogonFailed", "by AccountName"]),
        ("failed sign-ins this week", "group them by country", ["2026-11-23", "by Location"]),
        ("connections of win-07", "to which domains", ["win-07", "by RemoteUrl"]),
        ("connections of win-07", "how often per hour", ["win-07", "bin(TimeGenerated, 1h)"]),
        ("top talkers", "on port 443 only", ["RemotePort in (443)", "by DeviceName"]),
        ("azure deletions", "who did them", ["/delete", "by Caller"]),
        ("flows denied last day", "to port 3389", ["FlowStatus_s", "DestPort_d"]),
        ("logons to dc-01", "at night only", ["dc-01", "hourofday"]),
        ("files on win-07", "zip only", ["win-07", ".zip"]),
        ("alerts for win-07", "only high ones", ["win-07", "Severity"]),
    ],
)
def test_a_fragment_goes_on_from_the_query_before(before: str, text: str, parts: list[str]) -> None:
    plan, kql = planned(before, text)
    assert plan.follows_up
    assert [part for part in parts if part not in kql] == []


@pytest.mark.parametrize("text", ["bigger than 100 MB", "not the service accounts"])
def test_a_fragment_that_cannot_be_read_leaves_the_query_alone(text: str) -> None:
    first, kql = planned("files on win-07")
    before = (Turn("files on win-07", first, kql, 10),)
    found = outcome(PlanRequest(text, CATALOG, LIMITS, NOW, previous=before), hunted_columns)
    assert isinstance(found, Reply)
    assert "could not tell" in found.text


def test_a_program_is_no_host_and_a_preposition_no_user_agent() -> None:
    plan, _ = planned("odd dll loads or rundll32 with odd arguments")
    assert plan.device_name == ""
    _, kql = planned("unusal user agents in sign in logs")
    assert "UserAgent contains" not in kql
    assert 'UserAgent contains "curl/8"' in planned("sign-ins with user agent curl/8")[1]
