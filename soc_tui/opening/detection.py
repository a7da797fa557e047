"""A detection from a finding: drafted, written, read again, and held against the hunt's rows."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any

from soc_tui.analysts.offline.sigma.compile_rules import compile_file
from soc_tui.analysts.offline.sigma.matching import RuleMatcher
from soc_tui.analysts.offline.sigma.rule import Rule
from soc_tui.hunting.hunt_task import sources_of
from soc_tui.model.catalog import Catalog
from soc_tui.model.errors import SocError
from soc_tui.model.finding import Finding
from soc_tui.model.hunt import Hunt
from soc_tui.model.rows import Rows, row_index
from soc_tui.review.detections.draft import Draft, Rowset, draft
from soc_tui.review.detections.rows_to_test import rows_to_test
from soc_tui.review.detections.sentinel_rule import sentinel_rule
from soc_tui.review.detections.sigma_rule import sigma_rule
from soc_tui.review.detections.trial import in_workspace, trial, within
from soc_tui.rows.row_tables import origin_of

TRIAL_HOURS = 168.0
"""How far back a rule is tried in the workspace, unless told otherwise."""


@dataclass(frozen=True, slots=True)
class Detection:
    """A drafted rule in its forms.

    Attributes:
        rows: Of the hunt that it was drafted from.
        kql: As a query without a time range; empty where KQL cannot say it exactly.
        sentinel: Empty then, too.
        tests: Rows that it must hit and must leave alone, JSON.
        tried: How it did on the rows that it came from.
    """

    draft: Draft
    rows: Rows
    sigma: str
    sentinel: str
    tests: str
    kql: str
    tried: str

    def query(self, hours: float) -> str:
        """What it hits in the workspace, in the last hours; empty where KQL cannot say it."""
        return within(self.kql, self.rows, hours) if self.kql else ""

    def in_workspace(self, found: Rows | None, hours: float) -> str:
        """How it did there, in words; None for a rule that could not be run."""
        if found is None:
            return "It was not run in the workspace: KQL has no exact form of it."
        return in_workspace(self.draft, self.rows, found, hours)

    def files(self) -> dict[str, str]:
        """What is written, by file name: the Sigma rule, the Sentinel rule, the test rows."""
        name = re.sub(r"[^a-z0-9]+", "_", self.draft.title.casefold()).strip("_")[:60]
        texts = {".yml": self.sigma, ".sentinel.yml": self.sentinel, ".rows.json": self.tests}
        return {f"{name or 'detection'}{ending}": text for ending, text in texts.items() if text}


def detection_of(hunt: Hunt, finding: Finding, catalog: Catalog, now: dt.datetime) -> Detection:
    """A detection from a finding of a hunt. Blocks, about a second for 10,000 rows.

    Raises:
        SocError: the rows are gone, are of no one table, or share nothing that a rule could test.
    """
    if hunt.rows is None:
        raise SocError("The rows of this hunt are not kept.", "", "Run it again, then draft.")
    origin = origin_of(hunt.rows, sources_of(hunt, catalog, now))
    table, mine = _table_of(finding, hunt.rows, origin.tables, origin.of_rows)
    made = draft(finding, hunt.rows, table, mine)
    text = sigma_rule(made, now.date())
    rule = _compiled(text)
    return Detection(
        made,
        hunt.rows,
        text,
        sentinel_rule(made, rule.kql, hunt.rows.column_names) if rule.kql else "",
        rows_to_test(made, hunt.rows, now),
        rule.kql,
        trial(made, _hits(rule, hunt.rows, origin.of_rows), hunt.rows.count).text,
    )


def _table_of(
    finding: Finding, rows: Rows, tables: tuple[str, ...], of_rows: Any
) -> tuple[str, Rowset | None]:
    """Table of the first cited row, and which rows are of it."""
    import numpy as np

    if not tables:
        raise SocError(
            "It cannot be told which table the rows come from.",
            "The query joins or summarizes them.",
            "Draft from a hunt through the rows of one table.",
        )
    if of_rows is None:
        return tables[0], None
    names = of_rows.to_pylist()
    cited = (row_index(evidence.row_id, rows.count) for evidence in finding.evidence)
    table = next((names[row] for row in cited if row is not None and names[row]), tables[0])
    return table, np.array([name == table for name in names], bool)


def _compiled(text: str) -> Rule:
    """The written rule as the offline analyst reads it."""
    compiled = compile_file(text)
    if not compiled.rules:
        raise SocError(
            "The drafted rule cannot be read.",
            "".join(compiled.problems).strip(" ,"),
            "Write the rule by hand, from its evidence.",
        )
    return compiled.rules[0]


def _hits(rule: Rule, rows: Rows, of_rows: Any) -> list[int]:
    matcher = RuleMatcher(rows, (rule,), of_rows)
    try:
        return matcher.hits(rule)
    finally:
        matcher.close()
