"""The receipt of a hunt: made beside the hunt, carried with it, and never its failure."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from soc_tui.analysts.offline import OfflineAnalyst
from soc_tui.guardrails.catalog import load_catalog
from soc_tui.history.store import History
from soc_tui.hunting.hunter import Hunter
from soc_tui.kql.writing.pivot import Entity, everywhere
from soc_tui.model.coverage import Stage
from soc_tui.model.errors import WorkspaceError
from soc_tui.model.events import Event, HuntEnded, ReceiptArrived, RowsArrived
from soc_tui.model.hunt import Hunt, Status
from soc_tui.model.limits import Limits
from soc_tui.model.receipt import Extent, TableState
from soc_tui.opening.open_hunter import present
from soc_tui.workspaces.local.workspace import LocalWorkspace
from tests.hunting.test_hunter import NOW, MemoryWorkspace, rows

KQL = "DeviceProcessEvents | where TimeGenerated > ago(1d) | take 50"
FULL = Extent(True, 90, NOW - dt.timedelta(days=9), NOW, 40)


def hunter_on(workspace: MemoryWorkspace, tmp_path: Path) -> Hunter:
    return Hunter(
        workspace=workspace,
        analyst=OfflineAnalyst(),
        catalog=load_catalog(),
        limits=Limits(),
        history=History(tmp_path / "history.sqlite3"),
        now=lambda: NOW,
    )


async def collect(step: AsyncIterator[Event]) -> list[Event]:
    return [event async for event in step]


async def queried(hunter: Hunter, kql: str = KQL) -> list[Event]:
    return await collect(hunter.query(hunter.new_hunt("odd", kql), kql))


async def hunted(hunter: Hunter, hunt: Hunt) -> Hunt:
    quoted = (await collect(hunter.quote(hunt)))[-1].hunt
    return (await collect(hunter.hunt(quoted)))[-1].hunt


async def test_the_receipt_follows_the_rows(tmp_path: Path) -> None:
    hunter = hunter_on(MemoryWorkspace(held={"DeviceProcessEvents": FULL}), tmp_path)
    events = await queried(hunter)
    kinds = [type(event) for event in events]
    assert kinds.index(RowsArrived) < kinds.index(ReceiptArrived)
    hunt = events[-1].hunt
    assert hunt.receipt is not None
    (table,) = hunt.receipt.tables
    assert (table.rows, table.extent.rows) == (3, 90)
    assert table.extent.since == NOW - dt.timedelta(days=1)
    assert hunt.coverage.stage is Stage.NOT_READ
    assert "3 rows not read" in " ".join(hunt.coverage.lines())


async def test_what_the_rules_did_is_added_and_recorded(tmp_path: Path) -> None:
    hunter = hunter_on(MemoryWorkspace(held={"DeviceProcessEvents": FULL}), tmp_path)
    ended = await hunted(hunter, (await queried(hunter))[-1].hunt)
    assert ended.status is Status.NO_FINDINGS
    assert ended.receipt is not None
    (table,) = ended.receipt.tables
    assert table.extent.rows == 90
    assert table.rules is not None and table.rules.not_run > 0
    assert "ProcessCommandLine" in table.rules.absent
    assert not ended.coverage.whole
    assert hunter.history is not None
    assert hunter.history.load(ended.id).receipt == ended.receipt
    again = await hunted(hunter, ended)
    assert again.id != ended.id and again.receipt == ended.receipt


@pytest.mark.parametrize(
    ("held", "state", "whole"),
    [
        (FULL, TableState.NO_MATCH, True),
        (Extent(False), TableState.NO_TABLE, False),
        (Extent(True, 0, None, None, 0), TableState.EMPTY, False),
        (Extent(True, 9, NOW, NOW, 0), TableState.STALE, False),
    ],
)
async def test_a_query_without_rows_ends_with_its_receipt(
    tmp_path: Path, held: Extent, state: TableState, whole: bool
) -> None:
    workspace = MemoryWorkspace(answer=rows(0), held={"DeviceProcessEvents": held})
    events = await queried(hunter_on(workspace, tmp_path))
    assert isinstance(events[-1], HuntEnded)
    hunt = events[-1].hunt
    assert hunt.status is Status.NO_ROWS and hunt.receipt is not None
    assert [table.state for table in hunt.receipt.tables] == [state]
    assert hunt.coverage.whole is whole


@pytest.mark.parametrize("count", [0, 3])
async def test_a_workspace_that_tells_nothing_fails_no_hunt(tmp_path: Path, count: int) -> None:
    workspace = MemoryWorkspace(answer=rows(count), held=WorkspaceError("Out of reach."))
    hunt = (await queried(hunter_on(workspace, tmp_path)))[-1].hunt
    assert hunt.status is (Status.QUERIED if count else Status.NO_ROWS)
    assert "Out of reach" in " ".join(hunt.coverage.lines())
    assert not hunt.coverage.whole


async def test_a_query_that_is_run_again_forgets_what_was_seen_before(tmp_path: Path) -> None:
    workspace = MemoryWorkspace(held={"DeviceProcessEvents": FULL})
    hunter = hunter_on(workspace, tmp_path)
    quoted = (await collect(hunter.quote((await queried(hunter))[-1].hunt)))[-1].hunt
    assert quoted.unseen is not None
    again = (await collect(hunter.query(quoted, KQL)))[-1].hunt
    assert again.unseen is None and again.quote is None and again.receipt is not None


async def test_tables_of_another_workspace_are_not_asked_for_here(tmp_path: Path) -> None:
    from soc_tui.hunting import table_receipts
    from soc_tui.kql.reading.row_sources import row_sources

    sources = row_sources("workspace('eu').SigninLogs | take 1", load_catalog(), NOW)
    made = await table_receipts.receipt(
        MemoryWorkspace(held={"SigninLogs": FULL}), rows(0), sources, NOW
    )
    assert "another workspace" in " ".join(made.lines())


async def test_a_pivot_over_all_tables_finds_what_each_table_holds(
    demo_database: Path, tmp_path: Path
) -> None:
    """It ended "all rows seen" while the credential dump in them was not reported."""
    workspace, catalog = LocalWorkspace(demo_database), load_catalog()
    catalog = present(catalog, await workspace.schema())
    hunter = Hunter(workspace=workspace, analyst=OfflineAnalyst(), catalog=catalog, limits=Limits())
    kql = everywhere(Entity.HOST, "win-07", catalog, Limits(), 168)
    hunt = await hunted(hunter, (await queried(hunter, kql))[-1].hunt)
    titles = [finding.title for finding in hunt.findings]
    assert "LSASS memory dumped: win-07" in titles
    assert hunt.receipt is not None and hunt.receipt.rows_unknown == 0
    assert sum(table.rows or 0 for table in hunt.receipt.tables) == hunt.row_count
    assert "rules cannot run (absent: " in hunt.coverage.summary()
