"""What a request says is what its query does; what changed nothing is named."""

from __future__ import annotations

import datetime as dt

import pytest

from soc_tui.analysts import PlanRequest
from soc_tui.analysts.offline.planner.conversation import outcome
from soc_tui.guardrails.catalog import load_catalog
from soc_tui.guardrails.judge import judge_kql
from soc_tui.kql.writing.build import build
from soc_tui.model.catalog import Catalog
from soc_tui.model.hunt import Turn
from soc_tui.model.limits import Limits
from soc_tui.model.plan import Plan, Reply

NOW = dt.datetime(2026, 11, 25, 13, 30, tzinfo=dt.UTC)
CATALOG = load_catalog()
LIMITS = Limits()
PROCESS, NETWORK, FILE = "DeviceProcessEvents", "DeviceNetworkEvents", "DeviceFileEvents"


def said(
    text: str, *, now: dt.datetime = NOW, catalog: Catalog = CATALOG, after: tuple[Turn, ...] = ()
) -> Plan | Reply:
    return outcome(PlanRequest(text, catalog, LIMITS, now, previous=after), lambda _: ())


def planned(text: str, **given: object) -> tuple[Plan, str]:
    plan = said(text, **given)  # type: ignore[arg-type]
    assert isinstance(plan, Plan), plan
    kql = plan.kql or build(plan, CATALOG, LIMITS).kql
    assert judge_kql(kql, CATALOG, LIMITS, NOW).allowed
    return plan, kql


def wheres(text: str) -> tuple[str, list[str]]:
    """The table, and the filters beside the time range."""
    _, kql = planned(text)
    lines = [line.removeprefix("| where ") for line in kql.splitlines() if "| where" in line]
    return kql.splitlines()[0], [line for line in lines if "ago(" not in line]


@pytest.mark.parametrize(
    ("text", "table", "filters"),
    [
        ("network events that were not started by tool.exe", NETWORK,
         ['InitiatingProcessFileName !in~ ("tool.exe")']),
        ("file events not initiated by agent.exe", FILE,
         ['InitiatingProcessFileName !in~ ("agent.exe")']),
        ("network events that weren't launched by chrome.exe or msedge.exe", NETWORK,
         ['InitiatingProcessFileName !in~ ("chrome.exe", "msedge.exe")']),
        ("process events without helper.exe", PROCESS, ['FileName !in~ ("helper.exe")']),
        ("process events except those started by setup.exe", PROCESS,
         ['InitiatingProcessFileName !in~ ("setup.exe")']),
        ("process events other than those named helper.exe", PROCESS,
         ['FileName !in~ ("helper.exe")']),
        ("process events where the file name is neither a.exe nor b.exe", PROCESS,
         ['FileName !in~ ("a.exe", "b.exe")']),
        ('registry events where the initiating process is not "updater.exe"',
         "DeviceRegistryEvents", ['InitiatingProcessFileName !in~ ("updater.exe")']),
        ("process events where the command line does not contain acme", PROCESS,
         ['ProcessCommandLine !contains "acme"']),
        ("file events where the folder path doesn't start with C:\\Temp", FILE,
         ['FolderPath !startswith "C:\\\\Temp"']),
        ("network events except to 10.0.0.1", NETWORK,
         ['RemoteIP !in~ ("10.0.0.1")', 'LocalIP !in~ ("10.0.0.1")']),
        ("logons excluding win-07 and win-08", "DeviceLogonEvents",
         ['DeviceName !has "win-07"', 'DeviceName !has "win-08"']),
        ("sign-ins from outside Norway", "SigninLogs", ['Location !in~ ("NO")']),
    ],
)  # fmt: skip
def test_a_negation_never_becomes_its_opposite(text: str, table: str, filters: list[str]) -> None:
    read, found = wheres(text)
    assert (read, sorted(found)) == (table, sorted(filters))


@pytest.mark.parametrize(
    ("text", "table", "filters"),
    [
        ("network events initiated by cmd.exe or powershell.exe", NETWORK,
         ['InitiatingProcessFileName has_any ("cmd.exe", "powershell.exe")']),
        ("file events initiated by winword.exe, excel.exe or outlook.exe", FILE,
         ['InitiatingProcessFileName has_any ("winword.exe", "excel.exe", "outlook.exe")']),
        ("network events with local port 21, 22 or 8080", NETWORK,
         ["LocalPort in (21, 22, 8080)"]),
        ("network events where the remote port is 8443 and the url is not empty", NETWORK,
         ["RemotePort in (8443)", "isnotempty(RemoteUrl)"]),
        ("process events where command line contains acme and zip", PROCESS,
         ['ProcessCommandLine contains "acme"', 'ProcessCommandLine contains "zip"']),
        ("process events where command line contains acme or zip", PROCESS,
         ['ProcessCommandLine contains "acme" or ProcessCommandLine contains "zip"']),
        ("processes started by services where commandline contains acme, beta and zip", PROCESS,
         ['ProcessCommandLine contains "acme"', 'ProcessCommandLine contains "beta"',
          'ProcessCommandLine contains "zip"', 'InitiatingProcessFileName has "services"']),
        ("alerts with severity high or medium", "AlertInfo", ['Severity in~ ("high", "medium")']),
        ("high or medium severity alerts", "AlertInfo", ['Severity in~ ("high", "medium")']),
        ("file events for device id 0a1b2c3d4e", FILE, ['DeviceId in~ ("0a1b2c3d4e")']),
        ("process events with AccountSid S-1-5-18", PROCESS, ['AccountSid in~ ("S-1-5-18")']),
        ("show alert with id da123456789", "AlertInfo", ['AlertId in~ ("da123456789")']),
        ('process events where the command line matches regex "[a-z]+_42"', PROCESS,
         ['ProcessCommandLine matches regex "[a-z]+_42"']),
        ("files with size over 5 MB", FILE, ["FileSize > 5242880"]),
        ("files with size of at most 10 KB", FILE, ["FileSize <= 10240"]),
        ("network events where the remote port is between 1000 and 2000", NETWORK,
         ["RemotePort <= 2000", "RemotePort >= 1000"]),
        ("show process events where MD5 equals 0123456789abcdef0123456789abcdef", PROCESS,
         ['MD5 in~ ("0123456789abcdef0123456789abcdef")']),
        ("process events of past week where command line contains acme", PROCESS,
         ['ProcessCommandLine contains "acme"']),
    ],
)  # fmt: skip
def test_values_go_to_the_column_that_is_named(text: str, table: str, filters: list[str]) -> None:
    assert wheres(text) == (table, filters)


@pytest.mark.parametrize(
    ("text", "since", "until"),
    [
        ("logon events between 2026-11-24 20:44 and 2026-11-24 20:49", "24T20:44:00",
         "24T20:49:00"),
        ("logon events between 2026-11-24T20:44:00Z and 2026-11-24T20:49:00Z", "24T20:44:00",
         "24T20:49:00"),
        ("logon events between 20:44 and 20:49 on 2026-11-24", "24T20:44:00", "24T20:49:00"),
        ("logon events from 2026-11-24 8:44 PM to 2026-11-24 8:49 PM", "24T20:44:00",
         "24T20:49:00"),
        ("logon events on or after 2026-11-24 20:44", "24T20:44:00", ""),
        ("logon events on 11/24/2026", "24T00:00:00", "25T00:00:00"),
        ("logon events on 24.11.2026", "24T00:00:00", "25T00:00:00"),
        ("logon events between 11/20/2026 and 11/21/2026", "20T00:00:00", "22T00:00:00"),
    ],
)  # fmt: skip
def test_times_are_exact(text: str, since: str, until: str) -> None:
    _, found = wheres(text)
    wanted = [f"TimeGenerated >= datetime(2026-11-{since}Z)"]
    wanted += [f"TimeGenerated < datetime(2026-11-{until}Z)"] if until else []
    assert found == wanted


def test_an_ambiguous_date_is_asked_back() -> None:
    asked = said("logon events on 10/11/2026")
    assert isinstance(asked, Reply) and asked.question
    turn = Turn("logon events on 10/11/2026", reply=asked)
    for answer, day in (("1", "2026-10-11"), ("day first", "2026-11-10")):
        plan = said(answer, after=(turn,))
        assert isinstance(plan, Plan)
        values = [value for one in plan.predicates for value in one.values]
        assert values[0].startswith(day)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("count process events of cmd.exe at 30 minute intervals over the last 2 days",
         ["ago(2d)", "bin(TimeGenerated, 30m)"]),
        ("processes per user and host", ["by AccountName, DeviceName"]),
        ("count of logons grouped by account and logon type", ["by AccountName, LogonType"]),
        ("show 9 file events on host win-07", ["top 9 by TimeGenerated desc"]),
        ("the first 20 logons of today", ["top 20 by TimeGenerated asc"]),
    ],
)  # fmt: skip
def test_counts_and_numbers_of_rows(text: str, parts: list[str]) -> None:
    plan, kql = planned(text)
    assert [part for part in parts if part not in kql] == []
    assert plan.not_applied == ()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("purple process events of win-07", ("purple",)),
        ("failed logons on win-07 yesterday", ()),
        ("suspicious powershell in the last 7 days", ()),
        ("process events of win-07 with 42 unicorns", ("42", "unicorns")),
        ("signs of beaconing or exfiltration", ("exfiltration",)),
        ("security incidents about 203.0.113.9", ("203.0.113.9",)),
        ("alerts where the remote port is 8443", ("alerts",)),
        ("logon events except severity high", ("severity", "high")),
    ],
)
def test_words_that_changed_nothing_are_named(text: str, words: tuple[str, ...]) -> None:
    plan, _ = planned(text)
    said_so = " ".join(plan.not_applied)
    assert [word for word in words if word not in said_so] == []
    assert bool(plan.not_applied) == bool(words)


def test_a_table_that_is_not_there_is_never_replaced() -> None:
    there = {name: CATALOG.tables[name] for name in (PROCESS, "SigninLogs")}
    for text in ("email events of the last 7 days", "suspicious inbox rules", "DeviceEvents today"):
        answer = said(text, catalog=Catalog(there))
        assert isinstance(answer, Reply) and answer.question
        assert "has no " in answer.text and PROCESS in answer.text
        chosen = said(
            "processes on hosts", catalog=Catalog(there), after=(Turn(text, reply=answer),)
        )
        assert isinstance(chosen, Plan) and chosen.table_name == PROCESS


@pytest.mark.parametrize(
    "text",
    [
        "failed logons of the previous 3 days on win-08",
        "process events with more than one host since Monday",
        "who deleted virtual machines in Azure today",
        "network events of win-08 with remote port above 5000",
        "only show me dns requests from win-11 in the last 2 hours",
        "and the registry run keys set on win-12 this week?",
        "which files were downloaded on win-09 yesterday",
    ],
)
def test_a_whole_request_is_no_follow_up(text: str) -> None:
    before = said("sign-ins of alice@contoso.com in the last 3 days")
    assert isinstance(before, Plan)
    plan = said(text, after=(Turn("sign-ins of alice@contoso.com", before),))
    assert isinstance(plan, Plan) and not plan.follows_up


def test_the_words_for_a_new_hunt_and_for_a_change() -> None:
    before = said("failed sign-ins in the last 3 days")
    assert isinstance(before, Plan)
    turns = (Turn("failed sign-ins in the last 3 days", before),)
    fresh = said("new: only from Norway in the sign-ins", after=turns)
    assert isinstance(fresh, Plan) and not fresh.follows_up and fresh.time_range_hours == 24
    changed = said("change: sign-ins from Norway today", after=turns)
    assert isinstance(changed, Plan) and changed.follows_up
    asked = said("sign-ins from Norway yesterday", after=turns)
    assert isinstance(asked, Plan)
    assert not asked.follows_up and asked.instead == "change: sign-ins from Norway yesterday"


@pytest.mark.parametrize(
    ("text", "now", "instead"),
    [
        ("failed logons today", "2026-11-25T00:20", "new: failed logons in the last 24 hours"),
        ("failed logons this week", "2026-11-30T09:00", "new: failed logons in the last 7 days"),
        ("failed logons since monday", "2026-11-30T00:30", "new: failed logons in the last 7 days"),
        (
            "failed logons this morning",
            "2026-11-25T00:30",
            "new: failed logons in the last 24 hours",
        ),
        ("failed logons this year", "2027-01-01T00:05", "new: failed logons in the last 365 days"),
        ("failed logons in december", "2026-12-01T00:20", "new: failed logons in the last 30 days"),
        ("failed logons this evening", "2026-11-25T09:00", "new: failed logons yesterday evening"),
        ("failed logons tonight", "2026-11-25T12:00", "new: failed logons last night"),
        ("failed logons on monday", "2026-11-30T00:10", "new: failed logons on last Monday"),
        ("failed logons tonight", "2026-11-25T03:00", ""),
        ("failed logons today", "2026-11-25T15:00", ""),
        ("failed logons this week", "2026-11-26T09:00", ""),
    ],
)
def test_a_day_or_week_just_begun_offers_the_rolling_range(
    text: str, now: str, instead: str
) -> None:
    plan = said(text, now=dt.datetime.fromisoformat(now).replace(tzinfo=dt.UTC))
    assert isinstance(plan, Plan) and plan.instead == instead


@pytest.mark.parametrize(
    "words",
    [
        "this evening",
        "this afternoon",
        "tonight",
        "today after 18:00",
        "today between 18:00 and 20:00",
    ],
)
def test_a_time_that_has_not_begun_is_said_and_never_another_in_silence(words: str) -> None:
    plan = said(f"failed logons {words}", now=dt.datetime(2026, 11, 25, 7, 30, tzinfo=dt.UTC))
    assert isinstance(plan, Plan) and plan.time_range_hours == 24
    assert "has not begun yet (UTC): the last 24 hours instead" in plan.rationale
    assert any(one in words for one in plan.not_applied)


@pytest.mark.parametrize(
    ("words", "since", "until"),
    [
        ("this evening", "25T18:00", ""),
        ("tonight", "25T18:00", ""),
        ("after midnight", "25T00:00", ""),
        ("around noon", "25T11:45", "25T12:15"),
        ("earlier today", "25T00:00", ""),
        ("this quarter", "01T00:00", ""),
    ],
)
def test_parts_of_a_day_that_have_begun(words: str, since: str, until: str) -> None:
    now = dt.datetime(2026, 11, 25, 21, 0, tzinfo=dt.UTC)
    plan = said(f"failed logons {words}", now=now)
    assert isinstance(plan, Plan) and plan.not_applied == ()
    ends = [value for one in plan.predicates for value in one.values if value.startswith("2026-")]
    assert [end[8:16] for end in ends] == [one for one in (since, until) if one]


@pytest.mark.parametrize(
    ("words", "table"),
    [
        ("same day: network connections from win-07", NETWORK),
        ("at the same time, sign-ins of alice@contoso.com", "SigninLogs"),
        ("in the same period emails with attachments", "EmailEvents"),
    ],
)
def test_a_request_of_its_own_at_the_same_time_is_planned_anew(words: str, table: str) -> None:
    before = said("failed logons on win-08 yesterday")
    assert isinstance(before, Plan)
    plan = said(words, after=(Turn("failed logons on win-08 yesterday", before),))
    assert isinstance(plan, Plan) and not plan.follows_up and plan.table_name == table
    moments = {one for one in before.predicates if one.columns == ("TimeGenerated",)}
    assert len(moments) == 2 and moments <= set(plan.predicates)
    assert plan.instead == f"change: {words}" and "win-08" not in plan.device_name


def test_another_table_keeps_the_day_of_the_query_before() -> None:
    before = said("failed logons on win-08 yesterday")
    assert isinstance(before, Plan)
    then = said("now the network connections", after=(Turn("…", before),))
    assert isinstance(then, Plan) and then.follows_up
    moments = {one for one in before.predicates if one.columns == ("TimeGenerated",)}
    assert len(moments) == 2 and moments <= set(then.predicates)


def test_a_sweep_reads_every_table_with_a_column_for_it() -> None:
    plan, kql = planned("203.0.113.9 anywhere in the last 3 days")
    assert kql.startswith("union")
    assert all(
        f'SourceTable = "{name}"' in kql for name in (NETWORK, "SigninLogs", "AlertEvidence")
    )
    assert kql.count("ago(3d)") == kql.count("SourceTable =") and plan.not_applied == ()


def test_so_many_rows_as_a_follow_up() -> None:
    before = said("sign-ins of alice@contoso.com in the last 3 days")
    assert isinstance(before, Plan)
    then = said("just the first 20", after=(Turn("sign-ins of alice@contoso.com", before),))
    assert isinstance(then, Plan) and then.follows_up
    assert "top 20 by TimeGenerated asc" in then.kql and "ago(3d)" in then.kql


def test_a_table_that_is_there_and_nearly_as_sure_is_no_stand_in() -> None:
    there = {name: CATALOG.tables[name] for name in (PROCESS, "IdentityLogonEvents")}
    plan = said("failed logins from Norway", catalog=Catalog(there))
    assert isinstance(plan, Plan) and plan.table_name == "IdentityLogonEvents"
