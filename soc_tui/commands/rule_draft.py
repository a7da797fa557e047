"""`soc-tui rules draft`: a detection from a finding, tried before it is kept."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from soc_tui.analysts.offline.sigma.compile_rules import compile_file
from soc_tui.analysts.offline.sigma.matching import RuleMatcher
from soc_tui.analysts.offline.sigma.rule import Rule
from soc_tui.commands.hunt import Headless, Order
from soc_tui.config.files import write_private
from soc_tui.config.settings import Settings
from soc_tui.hunting.hunt_task import sources_of
from soc_tui.hunting.hunter import Hunter
from soc_tui.model.errors import SocError
from soc_tui.model.finding import Finding
from soc_tui.model.hunt import Hunt
from soc_tui.model.rows import Rows
from soc_tui.model.wording import number_of
from soc_tui.opening.open_hunter import open_hunter
from soc_tui.review.detections.draft import Draft, Rowset, draft
from soc_tui.review.detections.sentinel_rule import sentinel_rule
from soc_tui.review.detections.sigma_rule import sigma_rule
from soc_tui.review.detections.trial import beyond, trial
from soc_tui.rows.row_tables import origin_of
from soc_tui.rows.values import json_value


@dataclass(frozen=True, slots=True)
class Wish:
    """Which detection.

    Attributes:
        hunt_id: Whole.
        finding_id: As in `history show`: f1, or 1.
        folder: Where its files go; None prints the rules.
        hours: How far back it is tried in the workspace, hours.
    """

    hunt_id: str
    finding_id: str
    folder: Path | None
    hours: float


def draft_rule(settings: Settings, wish: Wish) -> int:
    """Draft, try, and print or write the detection; the exit code is that of a hunt.

    Raises:
        SocError: there is no such hunt or finding, or nothing that a rule could test.
        KeyboardInterrupt: cancelled.
    """
    try:
        return asyncio.run(_Drafting(settings, wish).run())
    except asyncio.CancelledError as error:
        raise KeyboardInterrupt from error


class _Drafting(Headless):
    """One detection on one terminal."""

    def __init__(self, settings: Settings, wish: Wish) -> None:
        super().__init__(settings, Order("a detection"))
        self._wish = wish

    async def _run(self, kql: str) -> None:
        self._terminal.begin("opening")
        hunter = await open_hunter(
            self._settings, progress=self._terminal.progress, on_device_code=self._sign_in
        )
        try:
            past, problem = await hunter.keeper.reopen(self._wish.hunt_id)
            if past.rows is None:
                raise SocError(
                    "The rows of this hunt are not kept.", problem, "Run it again, then draft."
                )
            detection = _Detection.of(
                past, past.rows, _finding(past, self._wish.finding_id), hunter
            )
            self._terminal.step(detection.tried)
            self._terminal.step(await self._in_workspace(hunter, detection, past.rows))
        finally:
            await hunter.aclose()
        self._keep(detection, past.rows)

    async def _in_workspace(self, hunter: Hunter, detection: _Detection, rows: Rows) -> str:
        """How many rows of the workspace it hits."""
        if not detection.kql:
            return "It was not run in the workspace: KQL has no exact form of it."
        bound = f"| where TimeGenerated > ago({self._wish.hours:g}h)"
        table, condition = detection.kql.split(" | ", 1)
        self._terminal.begin("trying it in the workspace")
        found = await hunter.look(f"{table}\n{bound}\n| {condition}")
        others = beyond(detection.draft, rows, found)
        self._terminal.end()
        return (
            f"In the workspace, last {self._wish.hours:g} h: {number_of(found.count, 'row')}, "
            f"{others:,} beside the cited ones."
        )

    def _keep(self, detection: _Detection, rows: Rows) -> None:
        if self._wish.folder is None:
            self._terminal.write(detection.sigma.splitlines())
            if detection.sentinel:
                self._terminal.write(["---", *detection.sentinel.splitlines()])
            return
        for ending, text in (
            (".yml", detection.sigma),
            (".sentinel.yml", detection.sentinel),
            (".rows.json", _rows_text(detection.draft, rows)),
        ):
            if text:
                path = self._wish.folder / f"{_file_name(detection.draft.title)}{ending}"
                write_private(path, text.encode())
                self._terminal.tell([f"Written: {path}"])


@dataclass(frozen=True, slots=True)
class _Detection:
    """A drafted rule in its forms.

    Attributes:
        kql: As a query without a time range; empty where KQL cannot say it exactly.
        sentinel: Empty then, too.
        tried: How it did on the rows that it came from.
    """

    draft: Draft
    sigma: str
    sentinel: str
    kql: str
    tried: str

    @classmethod
    def of(cls, hunt: Hunt, rows: Rows, finding: Finding, hunter: Hunter) -> _Detection:
        """Draft, written, read again, and held against the rows of the hunt."""
        origin = origin_of(rows, sources_of(hunt, hunter.catalog, hunter.now()))
        table, mine = _table_of(finding, rows, origin.tables, origin.of_rows)
        made = draft(finding, rows, table, mine)
        text = sigma_rule(made, hunter.now().date())
        rule = _compiled(text)
        columns = [column.name for column in rows.columns]
        return cls(
            made,
            text,
            sentinel_rule(made, rule.kql, columns) if rule.kql else "",
            rule.kql,
            trial(made, _hits(rule, rows, origin.of_rows), rows.count).text,
        )


def _table_of(
    finding: Finding, rows: Rows, tables: tuple[str, ...], of_rows: Any
) -> tuple[str, Rowset | None]:
    """Table of the first cited row, and which rows are of it."""
    import numpy as np

    from soc_tui.model.rows import row_index

    if of_rows is None:
        if not tables:
            raise SocError(
                "It cannot be told which table the rows come from.",
                "The query joins or summarizes them.",
                "Draft from a hunt through the rows of one table.",
            )
        return tables[0], None
    names = of_rows.to_pylist()
    cited = (row_index(evidence.row_id, rows.count) for evidence in finding.evidence)
    table = next((names[row] for row in cited if row is not None and names[row]), tables[0])
    return table, np.array([name == table for name in names], bool)


def _compiled(text: str) -> Rule:
    """The written rule as the offline analyst reads it."""
    compiled = compile_file(text)
    if not compiled.rules:
        raise SocError("The drafted rule cannot be read.", "".join(compiled.problems), "")
    return compiled.rules[0]


def _hits(rule: Rule, rows: Rows, of_rows: Any) -> list[int]:
    matcher = RuleMatcher(rows, (rule,), of_rows)
    try:
        return matcher.hits(rule)
    finally:
        matcher.close()


def _finding(hunt: Hunt, name: str) -> Finding:
    wanted = f"f{name}" if name.isdecimal() else name
    for finding in hunt.findings:
        if finding.id == wanted:
            return finding
    raise SocError(
        f"Hunt {hunt.id} has no finding {name}.",
        f"It has {number_of(len(hunt.findings), 'finding')}.",
        f"soc-tui history show {hunt.id} lists them.",
    )


def _rows_text(made: Draft, rows: Rows) -> str:
    """Cited rows that the rule must hit, and near ones that it must leave alone, as JSON."""

    def records(indices: tuple[int, ...]) -> list[dict[str, Any]]:
        taken = [record for row in indices for record in rows.table.slice(row, 1).to_pylist()]
        kinds = {column.name: column.type for column in rows.columns}
        return [
            {
                name: json_value(value, kinds[name])
                for name, value in record.items()
                if value is not None
            }
            for record in taken
        ]

    document = {
        "rule": made.id,
        "table": made.table,
        "written": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "hits": records(made.cited),
        "leaves": records(made.near),
    }
    return json.dumps(document, indent=1) + "\n"


def _file_name(title: str) -> str:
    words = re.sub(r"[^a-z0-9]+", "_", title.casefold()).strip("_")
    return words[:60] or "detection"
