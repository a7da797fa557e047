"""How well an analyst plans: shares of requests whose query parses, is allowed, runs, and fits.

Run: `python -m tests.bench.planner FILE [--analyst offline|openai] [--model NAME] [--show]`

FILE is JSONL of {"request": "…", "query": "KQL of reference"}, and in a conversation also
"after": ["earlier request", …]. Three lie beside this file: `planner_requests` (which the words of
the offline planner were chosen with), `planner_everyday` (written before those were looked at; what
was missed has been mended since) and `planner_follow_ups`. Everything runs on the demo workspace,
through the Hunter, so with the one repair that a refused plan gets. `--show` prints what fell
short. A model costs money: the spend is printed.

A FILE of {"context": "…", "baseline": "KQL"}, the form of Microsoft's public NL2KQL sets, is
measured without rows: valid queries, the right table, and the right table with all literals of the
reference (`reference_literals` beside the planner's tests). `--schema` adds the tables of a schema
file of theirs.

What fits is measured on rows: the planned query should give all of the reference's rows (of the
columns that both show), and not many more. Counts and groups have no rows to compare.
"""

from __future__ import annotations

import argparse
import asyncio
import functools
import json
import sys
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from soc_tui.guardrails.catalog import load_catalog
from soc_tui.hunting.hunter import Hunter
from soc_tui.kql.reading.read import main_pipeline, main_table
from soc_tui.kql.syntax.tree import UNREADABLE
from soc_tui.model.events import Event, StepFailed
from soc_tui.model.hunt import Hunt, Status
from soc_tui.model.quote import Usage, price_text
from soc_tui.model.rows import Rows
from soc_tui.opening.open_hunter import open_hunter
from soc_tui.opening.workspace_kinds import load_settings
from tests.analysts.offline.planner import reference_literals

REQUESTS = Path(__file__).with_name("planner_requests.jsonl")
MOST_ROWS = 400_000
ALL_ROWS, MOST_EXTRA = 0.99, 0.5  # least recall, least precision


@dataclass(frozen=True)
class Case:
    """One line of the file."""

    request: str
    query: str
    after: tuple[str, ...] = ()


@dataclass
class Outcome:
    """What became of one request. None where it cannot be said."""

    case: Case
    hunt: Hunt
    kql: str = ""
    parses: bool = False
    allowed: bool = False
    runs: bool = False
    same_table: bool = False
    recall: float | None = None
    precision: float | None = None
    why: list[str] = field(default_factory=list)
    spent: list[Usage] = field(default_factory=list)

    @property
    def all_rows(self) -> bool | None:
        """Whether the reference's rows are all there."""
        return None if self.recall is None else self.recall >= ALL_ROWS

    @property
    def narrow(self) -> bool | None:
        """Whether at least half of the rows are the reference's."""
        return None if self.precision is None else self.precision >= MOST_EXTRA

    @property
    def fits(self) -> bool:
        """Nothing fell short."""
        return self.runs and self.same_table and self.all_rows is True and self.narrow is True


def read_cases(path: Path) -> list[Case]:
    """The file's lines. Raises ValueError with the line's number."""
    cases = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            data: dict[str, Any] = json.loads(line)
            cases.append(Case(data["request"], data["query"], tuple(data.get("after", ()))))
        except (ValueError, LookupError, TypeError) as error:
            raise ValueError(f"{path}:{number}: no request and query: {error}") from error
    return cases


async def last(step: AsyncIterator[Event]) -> Event:
    """The event that a step ends with."""
    return [event async for event in step][-1]


async def measure(hunter: Hunter, case: Case) -> Outcome:
    """Plan the request after those before it, judge, run and compare."""
    hunt: Hunt | None = None
    usages = []
    for request in (*case.after, case.request):
        hunt = (await last(hunter.plan(request, hunt))).hunt
        usages.append(hunt.usage)
    assert hunt is not None
    outcome = Outcome(case, hunt, hunt.kql or (hunt.plan.kql if hunt.plan else ""))
    outcome.spent = [usage for usage in usages if usage]
    if hunt.status is not Status.PLANNED:
        said = hunt.reply.text if hunt.reply else hunt.problem
        outcome.why.append(f"{hunt.status.value}: {said}")
    outcome.parses = _parses(outcome.kql)
    if not outcome.parses:
        return outcome
    outcome.same_table = main_table(outcome.kql) == main_table(case.query)
    outcome.allowed = hunter.judge(outcome.kql).allowed
    rows = await _rows(hunter, hunt, outcome.kql, outcome.why) if outcome.allowed else None
    outcome.runs = rows is not None
    wanted = await _rows(hunter, hunt, case.query, outcome.why, "reference: ")
    if rows is not None and wanted is not None:
        outcome.recall, outcome.precision = overlap(rows, wanted)
    return outcome


def overlap(rows: Rows, wanted: Rows) -> tuple[float | None, float | None]:
    """Share of the wanted rows that came, and of the rows that came that are wanted.

    None for both where the two share fewer than three columns (counts, groups), or where nothing
    is wanted: then there is nothing to compare.
    """
    names = [name for name in rows.table.column_names if name in wanted.table.column_names]
    if len(names) < 3 or not wanted.count:
        return None, None
    came, want = (_counted(one, names) for one in (rows, wanted))
    common = (came & want).total()
    return common / want.total(), common / came.total() if came else 0.0


def _counted(rows: Rows, names: Sequence[str]) -> Counter[tuple[object, ...]]:
    columns = [map(str, rows.table.column(name).to_pylist()) for name in names]
    return Counter(zip(*columns, strict=True))


def _parses(kql: str) -> bool:
    try:
        main_pipeline(kql)
    except UNREADABLE:
        return False
    return bool(kql.strip())


async def _rows(
    hunter: Hunter, hunt: Hunt, kql: str, why: list[str], whose: str = ""
) -> Rows | None:
    event = await last(hunter.query(hunt, kql))
    if isinstance(event, StepFailed):
        why.append(f"{whose}{event.error}")
    return event.hunt.rows


def share(name: str, values: Sequence[bool | None]) -> str:
    """One line of the result; what could not be said is left out of the share."""
    known = [value for value in values if value is not None]
    if not known:
        return f"{name:<34}      -"
    return f"{name:<34} {sum(known) / len(known):6.1%}  ({sum(known)} of {len(known)})"


def report(outcomes: Sequence[Outcome]) -> str:
    """All shares, and the spend."""
    lines = [
        share("parses", [one.parses for one in outcomes]),
        share("passes the guardrails", [one.allowed for one in outcomes]),
        share("runs on the demo workspace", [one.runs for one in outcomes]),
        share("reads the reference's table", [one.same_table for one in outcomes]),
        share("gives all of the reference's rows", [one.all_rows for one in outcomes]),
        share("and at most as many others", [one.narrow for one in outcomes]),
    ]
    usages = [usage for one in outcomes for usage in one.spent]
    if usages:
        spent = functools.reduce(Usage.plus, usages)
        lines.append(
            f"{spent.calls} calls, {spent.tokens_in:,} tokens in, {spent.tokens_out:,} out, "
            f"{price_text(spent.price)} ({spent.model})"
        )
    return "\n".join(lines)


def shortfall(outcome: Outcome) -> str:
    """What fell short of one request."""
    recall, precision = (
        "-" if value is None else f"{value:.2f}" for value in (outcome.recall, outcome.precision)
    )
    query = " ".join(outcome.kql.split())
    head = f"- {outcome.case.request}\n    recall {recall}, precision {precision}"
    return "\n".join([head, *(f"    {why}" for why in outcome.why), f"    {query[:700]}"])


async def run(arguments: argparse.Namespace) -> list[Outcome]:
    """Measure every case of the file."""
    settings = load_settings()
    openai = replace(settings.openai, model=arguments.model or settings.openai.model)
    settings = replace(
        settings,
        analyst=arguments.analyst or settings.analyst,
        openai=openai,
        workspace=replace(settings.workspace, kind="demo"),
        limits=replace(settings.limits, max_rows=MOST_ROWS),
    )
    hunter = await open_hunter(settings)
    hunter.keeper.history = None
    try:
        return [await measure(hunter, case) for case in read_cases(arguments.file)]
    finally:
        await hunter.aclose()


def _literals(arguments: argparse.Namespace) -> int:
    catalog = load_catalog()
    if arguments.schema:
        catalog = reference_literals.with_schema(catalog, arguments.schema)
    matches = reference_literals.measure(arguments.file, catalog)
    if arguments.show:
        print("\n".join(reference_literals.shortfall(one) for one in matches if not one.whole))
    print(f"{len(matches)} requests of {arguments.file.name}")
    print(reference_literals.report(matches))
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print."""
    parser = argparse.ArgumentParser(description="How well an analyst plans.")
    parser.add_argument("file", type=Path, nargs="?", default=REQUESTS)
    parser.add_argument("--analyst", choices=("auto", "offline", "openai"))
    parser.add_argument("--model", default="")
    parser.add_argument("--schema", type=Path, help="tables beside those of the catalog (NL2KQL)")
    parser.add_argument("--show", action="store_true", help="print what fell short")
    arguments = parser.parse_args(argv)
    if reference_literals.is_literals_file(arguments.file):
        return _literals(arguments)
    outcomes = asyncio.run(run(arguments))
    if arguments.show:
        print("\n".join(shortfall(one) for one in outcomes if not one.fits))
    print(f"{len(outcomes)} requests of {arguments.file.name}")
    print(report(outcomes))
    return 0


if __name__ == "__main__":
    sys.exit(main())
