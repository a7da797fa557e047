"""Replays a past hunt, or hunts through its rows again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from soc_tui.analysts import OFFLINE
from soc_tui.history.bundle_file import Bundle, unpack
from soc_tui.history.bundle_trial import try_out
from soc_tui.hunting.hunter import Hunter
from soc_tui.model.catalog import Column
from soc_tui.model.errors import HistoryError, WorkspaceError
from soc_tui.model.finding import Checks, Finding
from soc_tui.model.hunt import Hunt, Status
from soc_tui.model.receipt import Extent
from soc_tui.model.row_sources import TableWindow
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


def open_bundle(path: Path) -> Bundle:
    """The bundle in a file, with its findings checked against its rows again. Blocks.

    The file's own claims prove nothing: anyone may have written "verified" into it.

    Raises:
        HistoryError: it cannot be read, or is no bundle.
    """
    try_out(path)
    bundle = unpack(path)
    findings = tuple(_checked(finding, bundle.hunt) for finding in bundle.hunt.findings)
    return replace(bundle, hunt=replace(bundle.hunt, findings=findings))


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


def _checked(finding: Finding, hunt: Hunt) -> Finding:
    from soc_tui.analysts.grounding.check_finding import ground

    if hunt.rows is None:
        doubts = ("Its rows are not in the bundle, so nothing could be checked.",)
        return replace(finding, grounded=False, doubts=doubts, checks=Checks())
    return ground(finding, hunt.rows, own_words=hunt.analyst != OFFLINE)
