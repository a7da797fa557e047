"""The offline analyst against the demo's ground truth: every stage found, ordinary rows left alone.

The way is the real one: the planner's plan for "<table> in the last 7 days", the KQL that
kql.build makes of it, the local workspace, the rules. Only the cap on rows is raised, and columns
that tell the truth about a row are fetched beside the planned ones and hidden from the rules.
"""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import pytest

from soc_tui.analysts import Notice, PlanRequest
from soc_tui.analysts.grounding import attack_ids
from soc_tui.analysts.injection.screening import TAG, screen
from soc_tui.analysts.offline import run_rules
from soc_tui.analysts.offline.planner.conversation import outcome
from soc_tui.analysts.offline.sigma.rule_library import RuleLibrary
from soc_tui.demo.intrusion import STAGES, Stage
from soc_tui.demo.truth import is_intruder_row
from soc_tui.guardrails.catalog import load_catalog
from soc_tui.kql.writing.build import build
from soc_tui.model.finding import Finding
from soc_tui.model.limits import Limits
from soc_tui.model.plan import Plan
from soc_tui.model.rows import Rows, row_index
from soc_tui.workspaces.local.workspace import LocalWorkspace

MOST_FALSE_FINDINGS = 5
LIMITS = Limits(max_rows=500_000)
TABLES = (
    "AlertEvidence", "AlertInfo", "AzureActivity", "AzureNetworkAnalytics_CL", "DeviceFileEvents",
    "DeviceLogonEvents", "DeviceNetworkEvents", "DeviceProcessEvents", "DeviceRegistryEvents",
    "SigninLogs",
)  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """What the screening and the rules said of one table's week."""

    truth: list[dict[str, object]]
    findings: tuple[Finding, ...]
    notices: tuple[Notice, ...]

    def cited(self, finding: Finding) -> list[dict[str, object]]:
        indexes = [row_index(one.row_id, len(self.truth)) for one in finding.evidence]
        return [self.truth[index] for index in indexes if index is not None]


@pytest.fixture(scope="session")
def outcomes(demo_database: Path) -> dict[str, Outcome]:
    return asyncio.run(_outcomes(demo_database))


async def _outcomes(database: Path) -> dict[str, Outcome]:
    workspace = LocalWorkspace(database)
    try:
        return {table: await _outcome(workspace, table) for table in TABLES}
    finally:
        await workspace.aclose()


async def _outcome(workspace: LocalWorkspace, table: str) -> Outcome:
    now = dt.datetime.now(dt.UTC)
    request = PlanRequest(f"show {table} of the last 7 days", load_catalog(), LIMITS, now)
    planned = outcome(request, RuleLibrary().load().columns_for)
    assert isinstance(planned, Plan)
    assert planned.table_name == table and planned.time_range_hours == 168
    spec = load_catalog().tables[table]
    wide = dataclasses.replace(planned, fields=spec.column_names)
    everything = await workspace.query(build(wide, load_catalog(), LIMITS).kql)
    assert everything.partial is None and everything.count < LIMITS.max_rows
    seen = _select(everything, planned.fields)
    answers = list(run_rules(seen, table))
    return Outcome(
        everything.table.to_pylist(),
        (*screen(seen).findings, *(one for one in answers if isinstance(one, Finding))),
        tuple(one for one in answers if isinstance(one, Notice)),
    )


def _select(rows: Rows, fields: tuple[str, ...]) -> Rows:
    columns = tuple(column for name in fields for column in rows.columns if column.name == name)
    return dataclasses.replace(rows, table=rows.table.select(list(fields)), columns=columns)


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.name)
def test_every_stage_is_found(stage: Stage, outcomes: dict[str, Outcome]) -> None:
    outcome = outcomes[stage.table]
    assert any(stage.matches(row) for row in outcome.truth), "the demo has no row of this stage"
    current = [attack_ids.reference(one) for one in stage.techniques]
    wanted = {part for one in current for part in (one.technique, one.id)}
    about = [
        finding
        for finding in outcome.findings
        if any(stage.matches(row) for row in outcome.cited(finding))
        and (
            TAG in finding.tags  # text for an AI is no technique of ATT&CK
            or any({mitre.technique, mitre.sub_technique} & wanted for mitre in finding.mitre)
        )
    ]
    assert about, [finding.title for finding in outcome.findings]
    assert all(finding.grounded for finding in about)


def test_ordinary_rows_raise_hardly_any_finding(outcomes: dict[str, Outcome]) -> None:
    false = [
        (table, finding.title)
        for table, outcome in outcomes.items()
        for finding in outcome.findings
        if not any(is_intruder_row(table, row) for row in outcome.cited(finding))
    ]
    assert len(false) <= MOST_FALSE_FINDINGS, false


def test_no_finding_is_without_ground_and_every_rule_could_run(
    outcomes: dict[str, Outcome],
) -> None:
    for one in outcomes.values():
        assert one.notices == ()
        for finding in one.findings:
            assert finding.grounded, (finding.title, finding.doubts)
            assert len(finding.evidence) <= 20


def test_the_demo_has_stages_in_every_table() -> None:
    assert {stage.table for stage in STAGES} == set(TABLES)
