"""How far a case comes by itself, offline, from each stage of the demo's intrusion as its lead.

Run: `python -m tests.bench.investigate [--stage WORDS] [--quiet]`

For each lead: the share of stages of which a finding cites a row, the share of the intruder's rows
that findings cite, grounded findings of high severity that cite none of them (false), queries and
seconds. Then the same of ten ordinary entities, which stand in no row of the intruder.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import tempfile
import time
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from soc_tui.demo.intrusion import STAGES, Stage
from soc_tui.demo.truth import is_intruder_row, stages_of
from soc_tui.demo.workspace import ensure_demo
from soc_tui.guardrails.catalog import load_catalog
from soc_tui.hunting.hunter import Hunter
from soc_tui.investigating.case_events import StepTold
from soc_tui.investigating.entities import entities_in, window_of
from soc_tui.investigating.investigator import OfflineInvestigator
from soc_tui.investigating.run_case import CaseRunner
from soc_tui.model.case import Case, CaseLimits, Entity, EntityKind, Lead, LeadKind, new_case_id
from soc_tui.model.errors import SocError
from soc_tui.model.events import HuntEnded
from soc_tui.model.finding import Severity
from soc_tui.model.limits import MOST_HOURS, Limits
from soc_tui.model.rows import row_index

_RAISED = (Severity.HIGH, Severity.CRITICAL)


@dataclass
class Score:
    """What one case came to."""

    queries: int = 0
    seconds: float = 0.0
    stages: set[str] = field(default_factory=set)
    rows: set[tuple[Any, ...]] = field(default_factory=set)
    false: list[str] = field(default_factory=list)


def _key(table: str, row: Mapping[str, Any]) -> tuple[Any, ...]:
    return (table, *(str(row[name]) for name in sorted(row)))


async def investigate(hunter: Hunter, lead: Lead) -> tuple[Score, Case]:
    """A case from that lead to its end, with the budget of 40 queries."""
    now = hunter.now()
    limits = CaseLimits(steps=40, rows=1_000_000)
    case = Case(new_case_id(now), now, lead.text, lead, "demo", "offline", limits, approved=True)
    runner = CaseRunner(case, hunter, OfflineInvestigator())
    score, began = Score(), time.perf_counter()
    async with aclosing(runner.run()) as events:  # type: ignore[type-var]
        async for event in events:
            if isinstance(event, StepTold) and isinstance(event.event, HuntEnded):
                _count(score, event.event, runner.case.step(event.step_id).table)
    score.seconds = time.perf_counter() - began
    score.queries = runner.case.spent.steps
    return score, runner.case


def _count(score: Score, event: HuntEnded, table: str) -> None:
    hunt = event.hunt
    if hunt.rows is None or not hunt.findings:
        return
    for finding in hunt.findings:
        indices = [row_index(one.row_id, hunt.rows.count) for one in finding.evidence]
        kept = [index for index in indices if index is not None]
        cited = hunt.rows.table.take(kept).to_pylist()
        true = [row for row in cited if is_intruder_row(table, row)]
        for row in true:
            score.stages |= {stage.name for stage in stages_of(table, row)}
            score.rows.add(_key(table, row))
        if not true and finding.severity in _RAISED and finding.grounded:
            score.false.append(f"{table}: {finding.title}")


async def _lead_of(hunter: Hunter, stage: Stage) -> Lead:
    rows = await hunter.workspace.query(stage.kql)
    entities = entities_in(rows, stage.table, "lead", 100)
    window = window_of(rows, range(rows.count))
    first, last = window or (None, None)
    return Lead(LeadKind.FINDING, stage.name, entities, first, last)


async def _ordinary(hunter: Hunter, most: int = 10) -> list[Entity]:
    """Hosts and accounts of no row of the intruder, chosen by a fixed seed."""
    kinds = {
        EntityKind.HOST: ("DeviceProcessEvents", "DeviceName"),
        EntityKind.ACCOUNT: ("SigninLogs", "UserPrincipalName"),
    }
    tables = sorted({stage.table for stage in STAGES})
    bad: set[str] = set()
    for table in tables:
        rows = await hunter.workspace.query(table)
        for row in rows.table.to_pylist():
            if is_intruder_row(table, row):
                bad |= {str(value).casefold() for value in row.values()}
    found: list[Entity] = []
    for kind, (table, column) in kinds.items():
        rows = await hunter.workspace.query(f"{table} | distinct {column} | order by {column} asc")
        names = [str(one) for one in rows.table.column(0).to_pylist() if one]
        bare = {name: name.partition("@")[0].casefold() for name in names}
        plain = [name for name in names if not {name.casefold(), bare[name]} & bad]
        random.Random(7).shuffle(plain)
        found += [Entity(kind, name, "lead", 100) for name in plain[: most // 2]]
    return found


async def measure(path: Path, only: str, quiet: bool) -> None:
    """All leads, one after the other, and the figures."""
    from soc_tui.analysts.offline import OfflineAnalyst
    from soc_tui.opening.open_rules import open_rules
    from soc_tui.workspaces.local.workspace import LocalWorkspace

    hunter = Hunter(
        workspace=LocalWorkspace(path, name="demo"),
        analyst=OfflineAnalyst(open_rules()),
        catalog=load_catalog(),
        limits=Limits(max_hours=MOST_HOURS),
    )
    total = await _intruder_rows(hunter)
    scores = []
    for stage in STAGES:
        if only not in stage.name:
            continue
        score, case = await investigate(hunter, await _lead_of(hunter, stage))
        scores.append(score)
        share = len(score.stages) / len(STAGES)
        print(
            f"{stage.name:36.36} stages {share:4.2f}  rows {len(score.rows) / total:4.2f}  "
            f"false {len(score.false):2}  queries {score.queries:2}  {score.seconds:5.1f} s"
        )
        if not quiet:
            _tell(score, case)
    shares = [len(one.stages) / len(STAGES) for one in scores]
    if shares:
        print(f"median {statistics.median(shares):.2f}, least {min(shares):.2f}")
    if only:
        return
    for entity in await _ordinary(hunter):
        lead = Lead(LeadKind.ENTITY, entity.value, (entity,))
        score, case = await investigate(hunter, lead)
        print(f"ordinary {entity.value:30.30} raised {len(score.false)}  queries {score.queries}")
        if not quiet:
            _tell(score, case)
    await hunter.aclose()


def _tell(score: Score, case: Case) -> None:
    missed = sorted({stage.name for stage in STAGES} - score.stages)
    print(f"    missed: {', '.join(missed) or '-'}")
    for text in score.false:
        print(f"    false: {text}")
    for step in case.steps:
        print(
            f"    {step.id} {step.question} [{step.why}] {step.rows} rows, "
            f"{len(step.findings)} findings, {step.seconds:.1f} s {step.problem}"
        )


async def _intruder_rows(hunter: Hunter) -> int:
    found = 0
    for table in sorted({stage.table for stage in STAGES}):
        rows = await hunter.workspace.query(table)
        found += sum(is_intruder_row(table, row) for row in rows.table.to_pylist())
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stage", default="", help="only stages with these words in their name")
    parser.add_argument("--quiet", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "demo.duckdb"
        try:
            ensure_demo(path)
        except SocError as error:
            raise SystemExit(str(error)) from error
        asyncio.run(measure(path, arguments.stage, arguments.quiet))


if __name__ == "__main__":
    main()
