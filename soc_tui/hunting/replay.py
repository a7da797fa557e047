"""Replays a past hunt, or hunts through its rows again."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from soc_tui.analysts import OFFLINE
from soc_tui.history.bundle_file import Bundle, unpack
from soc_tui.history.bundle_signature import Origin
from soc_tui.history.bundle_trial import try_out
from soc_tui.hunting.hunt_task import sources_of
from soc_tui.hunting.hunter import Hunter
from soc_tui.model.catalog import Column
from soc_tui.model.errors import HistoryError, WorkspaceError
from soc_tui.model.finding import Checks, Finding, TriageState
from soc_tui.model.hunt import Hunt, Status
from soc_tui.model.receipt import Extent
from soc_tui.model.row_sources import RowSources, TableWindow
from soc_tui.model.rows import Rows


class BundleWorkspace:
    """Stands for the workspace that a bundle's rows came from; it answers no query."""

    def __init__(self, name: str) -> None:
        self.name = name

    async def query(
        self, kql: str, *, timespan: dt.timedelta | None = None, max_rows: int | None = None
    ) -> Rows:
        """Always WorkspaceError."""
        raise WorkspaceError(
            "A bundle cannot run a new query.",
            "It only holds the rows of its own query.",
            "Use the workspace.",
        )

    async def schema(self) -> Mapping[str, tuple[Column, ...]]:
        """No tables."""
        return {}

    async def extents(self, tables: Sequence[TableWindow]) -> Mapping[str, Extent]:
        """Nothing is known of any table."""
        return {}

    async def aclose(self) -> None:
        """Nothing to release."""


RuleFindings = Callable[[Rows, RowSources], tuple[Finding, ...]]
"""What the rules of this installation find in rows."""


def open_bundle(path: Path, own_key: str, rule_findings: RuleFindings) -> Bundle:
    """The bundle in a file, with its findings checked against its rows again. Blocks.

    The file's own claims prove nothing: anyone may have written "verified" into it, or that rules
    found what they did not. Findings are checked as a model's, unless this program finds them too:
    by its rules, or as text that gives orders to an AI. Triage is kept only where this
    installation has signed it.

    Args:
        own_key: Public key of this installation, hexadecimal; empty when it has none.

    Raises:
        HistoryError: it cannot be read, or is no bundle.
    """
    try_out(path)
    bundle = unpack(path)
    hunt = bundle.hunt
    found: Callable[[], frozenset[Finding]] = functools.cache(
        lambda: frozenset(map(_bare, (*_by_screening(hunt), *_by_rules(hunt, rule_findings))))
    )
    ours = origin(bundle, own_key) is Origin.HERE
    findings = tuple(_checked(finding, hunt, found, triaged=ours) for finding in hunt.findings)
    return replace(bundle, hunt=replace(hunt, findings=findings))


def origin(bundle: Bundle, own_key: str) -> Origin:
    """Who made a bundle that was read from a file, to the owner of this key."""
    return bundle.seal.origin(own_key) if bundle.seal else Origin.UNSIGNED


def _by_rules(hunt: Hunt, rule_findings: RuleFindings) -> tuple[Finding, ...]:
    from soc_tui.guardrails.catalog import load_catalog

    if hunt.rows is None or hunt.analyst != OFFLINE:
        return ()
    sources = sources_of(hunt, load_catalog(), dt.datetime.now(dt.UTC))
    return rule_findings(hunt.rows, sources)


def _by_screening(hunt: Hunt) -> tuple[Finding, ...]:
    from soc_tui.analysts.injection.screening import screen

    return screen(hunt.rows).findings if hunt.rows is not None else ()


def _bare(finding: Finding) -> Finding:
    """What a finding says and cites, without what was made of it since."""
    return replace(
        finding, grounded=False, doubts=(), checks=None, state=TriageState.NEW, id="", notes=""
    )


def again(hunter: Hunter, bundle: Bundle) -> Hunt:
    """A new hunt through the bundle's rows, ready to be quoted.

    Raises:
        HistoryError: the bundle has no rows.
    """
    old = bundle.hunt
    if old.rows is None or not old.rows.count:
        raise HistoryError(
            "This hunt cannot be replayed.",
            f"Its rows are not in the bundle: {bundle.left_out or 'it has none'}.",
            "Run its query again.",
        )
    return replace(
        hunter.new_hunt(old.request, old.kql),
        status=Status.QUERIED,
        plan=old.plan,
        verdict=old.verdict,
        rows=old.rows,
        row_count=old.rows.count,
        partial=old.rows.partial or "",
        notes=(f"Hunted again through the rows of hunt {old.id}.",),
    )


def _checked(
    finding: Finding,
    hunt: Hunt,
    found_here: Callable[[], frozenset[Finding]],
    *,
    triaged: bool,
) -> Finding:
    from soc_tui.analysts.grounding.check_finding import ground

    finding = replace(
        finding,
        state=finding.state if triaged else TriageState.NEW,
        parts=tuple(_checked(part, hunt, found_here, triaged=triaged) for part in finding.parts),
    )
    if hunt.rows is None:
        doubts = ("Its rows are not in the bundle, so nothing could be checked.",)
        return replace(finding, grounded=False, doubts=doubts, checks=Checks())
    checked = ground(finding, hunt.rows)
    if checked.grounded or _bare(finding) not in found_here():
        return checked
    return ground(finding, hunt.rows, own_words=False)
