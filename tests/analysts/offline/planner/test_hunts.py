"""Hunting queries: allowed, and run on the demo workspace where their tables are."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
from pathlib import Path

import pytest

from soc_tui.analysts import PlanRequest
from soc_tui.analysts.offline.planner.conversation import outcome
from soc_tui.analysts.offline.planner.hunts import HuntingQuery, hunting_queries, written
from soc_tui.guardrails.catalog import load_catalog
from soc_tui.guardrails.judge import judge_kql
from soc_tui.model.catalog import Catalog
from soc_tui.model.errors import SocError
from soc_tui.model.hunt import Turn
from soc_tui.model.limits import Limits
from soc_tui.model.plan import Plan
from soc_tui.workspaces.local.workspace import LocalWorkspace

NOW = dt.datetime(2026, 11, 25, 13, 30, tzinfo=dt.UTC)
CATALOG = load_catalog()
THERE = [one for one in hunting_queries() if all(map(CATALOG.table, one.tables))]


def planned(text: str, previous: tuple[Turn, ...] = ()) -> Plan:
    request = PlanRequest(text, CATALOG, Limits(), NOW, previous=previous)
    found = outcome(request, lambda _: ())
    assert isinstance(found, Plan), found
    return found


def of_a_day(one: HuntingQuery) -> str:
    return written(one, "", lambda _: ("| where TimeGenerated > ago(1d)",))


def test_there_are_many_with_reasons() -> None:
    assert len(hunting_queries()) >= 40
    assert all(one.title and len(one.why) > 40 for one in hunting_queries())


@pytest.mark.parametrize("one", THERE, ids=lambda one: one.title)
def test_queries_keep_to_the_guardrails(one: HuntingQuery) -> None:
    verdict = judge_kql(of_a_day(one), CATALOG, Limits(), NOW)
    assert verdict.allowed, verdict.refusals


def test_queries_run_on_the_demo_workspace(demo_database: Path) -> None:
    assert asyncio.run(_failures(demo_database)) == []


async def _failures(database: Path) -> list[str]:
    workspace = LocalWorkspace(database)
    try:
        tables = await workspace.schema()
        able = [one for one in THERE if all(name in tables for name in one.tables)]
        assert len(able) >= 30
        failed = []
        for one in able:
            try:
                await workspace.query(of_a_day(one))
            except SocError as error:
                failed.append(f"{one.title}: {error}")
        return failed
    finally:
        await workspace.aclose()


@pytest.mark.parametrize(
    ("text", "table", "parts"),
    [
        (
            "lateral movement from win-07",
            "DeviceNetworkEvents",
            ["win-07", "5985", "by DeviceName"],
        ),
        ("lateral movement to srv-dc-01", "DeviceLogonEvents", ["srv-dc-01", "RemoteInteractive"]),
        ("impossible travel of alice@contoso.com", "SigninLogs", ["alice@", "dcount(Location)"]),
        ("password spray in the last 3 days", "SigninLogs", ["ago(3d)", "Accounts >= 5"]),
        ("password spray, at least 20", "SigninLogs", ["Accounts >= 20"]),
        ("brute force then success", "SigninLogs", ["join kind=inner", "SuccessTime > First"]),
        ("beaconing on win-07", "DeviceNetworkEvents", ["Hour = bin(TimeGenerated, 1h)", "win-07"]),
        ("exfiltration by volume", "CommonSecurityLog", ["sum(SentBytes)"]),
        ("rare parent-child pairs", "DeviceProcessEvents", ["Hosts <= 2"]),
        ("first seen programs", "DeviceProcessEvents", ["First > ago(1d)"]),
        ("persistence on win-07", "DeviceProcessEvents", ["schtasks", "win-07"]),
        ("privileged role changes", "AuditLogs", ["member to role"]),
        ("MFA changes of alice@contoso.com", "AuditLogs", ["security info", "alice@"]),
        ("suspicious inbox rules", "OfficeActivity", ["New-InboxRule"]),
        ("phishing that was delivered", "EmailEvents", ["Delivered"]),
        ("log clearing except on win-07", "DeviceProcessEvents", ['!has "win-07"', "wevtutil"]),
        ("ransomware precursors", "DeviceProcessEvents", ["delete shadows"]),
    ],
)
def test_phrases_become_hunting_queries(text: str, table: str, parts: list[str]) -> None:
    plan = planned(text)
    assert plan.table_name == table
    assert [part for part in parts if part not in plan.kql] == []
    assert plan.not_applied == ()
    assert judge_kql(plan.kql, CATALOG, Limits(), NOW).allowed


def test_a_number_asked_for_is_counted_instead() -> None:
    assert "summarize Records" in planned("how many failed sign-ins per hour").kql


def test_a_hunting_query_is_followed_up() -> None:
    first = planned("lateral movement from win-07")
    turn = Turn("lateral movement from win-07", first, first.kql)
    then = planned("same for win-08", (turn,))
    assert "win-08" in then.kql and "win-07" not in then.kql
    assert "5985" in then.kql and then.follows_up


def test_where_a_column_is_missing_a_plain_query_does() -> None:
    table = CATALOG.tables["DeviceProcessEvents"]
    few = tuple(c for c in table.columns if c.name != "InitiatingProcessCommandLine")
    catalog = Catalog({table.name: dataclasses.replace(table, columns=few)})
    found = outcome(PlanRequest("cleared event logs", catalog, Limits(), NOW), lambda _: ())
    assert isinstance(found, Plan) and not found.kql
    assert found.predicates
