"""Names that no row holds are said, with the nearest; looking them up never holds a plan up."""

from __future__ import annotations

import asyncio
import datetime as dt
from pathlib import Path

from soc_tui.analysts import KnownNames, PlanRequest
from soc_tui.analysts.offline.planner.conversation import outcome
from soc_tui.guardrails.catalog import load_catalog
from soc_tui.hunting.known_names import NameSource
from soc_tui.model.limits import Limits
from soc_tui.model.plan import Plan
from soc_tui.workspaces.local.workspace import LocalWorkspace

NOW = dt.datetime(2026, 11, 25, 13, 30, tzinfo=dt.UTC)
KNOWN = KnownNames(
    frozenset({"win-07.corp.example", "srv-dc-01"}), frozenset({"alice@contoso.com"})
)


def planned(text: str, known: KnownNames = KNOWN) -> Plan:
    found = outcome(PlanRequest(text, load_catalog(), Limits(), NOW, known=known), lambda _: ())
    assert isinstance(found, Plan), found
    return found


def test_a_host_in_no_row_is_said_with_the_nearest() -> None:
    plan = planned("failed logons on host win07")
    assert "“win07”: did you mean win-07" in plan.rationale
    assert plan.instead.startswith("new: failed logons on host win-07")
    assert "did you mean" not in planned("failed logons on host win-07").rationale
    assert "did you mean" not in planned("failed logons on host win07", KnownNames()).rationale


def test_an_account_in_no_row_is_said() -> None:
    assert "did you mean alice@contoso.com?" in planned("sign-ins of alise@contoso.com").rationale
    assert "No row" not in planned("sign-ins of alice@contoso.com").rationale


def test_names_come_from_logs_on_this_machine(demo_database: Path) -> None:
    async def look_up() -> tuple[KnownNames, KnownNames]:
        workspace = LocalWorkspace(demo_database)
        source = NameSource(workspace, load_catalog())
        try:
            none = await source.names("suspicious powershell in the last 7 days", None)
            while not (found := await source.names("failed logons on win-07", None)).hosts:
                pass
            return none, found
        finally:
            source.close()
            await workspace.aclose()

    none, found = asyncio.run(look_up())
    assert none == KnownNames()
    assert any("win-07" in name for name in found.hosts) and found.accounts
