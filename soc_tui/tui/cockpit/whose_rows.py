"""Which query the rows and findings on the screen belong to, when it is not the editor's. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from soc_tui.model.hunt import Hunt, Status
from soc_tui.model.inert import inert

_REQUEST_CHARS = 22
_PLACE_CHARS = 18
_RUN = "F5 runs the new {what}."
_WHY = {
    Status.QUERYING: "The new query is running.",
    Status.REFUSED: "The new query was refused.",
    Status.FAILED: "The new query failed.",
    Status.CANCELLED: "The new query was cancelled.",
    Status.INTERRUPTED: "The new query was cut off.",
}
_WHY_NO_QUERY = {
    Status.PLANNING: "Planning the new request.",
    Status.REFUSED: "The new request was refused.",
    Status.FAILED: "The new request failed.",
    Status.CANCELLED: "The new request was cancelled.",
}


@dataclass(frozen=True, slots=True)
class Scene:
    """What is on the screen.

    Attributes:
        shown: The hunt whose rows and findings the panes hold; None when they hold none.
        hunt: The hunt that the editor's text goes on with; None for a text of no hunt.
        asked: The last request, as long as it has no query; else None.
        kql: The editor's text.
        workspace: Name of the workspace that is open; empty while none is.
    """

    shown: Hunt | None = None
    hunt: Hunt | None = None
    asked: Hunt | None = None
    kql: str = ""
    workspace: str = ""


def older(scene: Scene, what: str, worded: Callable[[str], str] = str) -> str:
    """Whose rows or findings these are; empty when they are those of the editor's text.

    Args:
        what: `rows` or `findings`.
        worded: Names keys as they are in effect.
    """
    shown = scene.shown
    if shown is None:
        return ""
    if why := _why(shown, scene):
        return f"OLDER {what.upper()} of {_whose(shown, scene)}. {worded(why)}"
    if scene.workspace and shown.workspace != scene.workspace:
        there, here = (inert(name, _PLACE_CHARS) for name in (shown.workspace, scene.workspace))
        return f"{what.upper()} FROM {there}. {worded('F5 runs the query on')} {here}."
    return ""


def has_answer(hunt: Hunt) -> bool:
    """Whether there is anything of it for the panes: rows, none of them, or findings."""
    return hunt.row_count is not None or bool(hunt.findings)


def _why(shown: Hunt, scene: Scene) -> str:
    """What became of the text or request that took the place of the shown hunt's, if any did."""
    if scene.asked and (why := _WHY_NO_QUERY.get(scene.asked.status)):
        return why
    if not scene.kql.strip():
        return "The editor is empty."
    hunt = scene.hunt
    if hunt is not None and hunt.id == shown.id and same_text(shown.kql, scene.kql):
        return ""
    if hunt is None or hunt.id == shown.id or not same_text(hunt.kql, scene.kql):
        return _RUN.format(what="text")
    return _WHY.get(hunt.status, _RUN.format(what="query"))


def _whose(shown: Hunt, scene: Scene) -> str:
    asked, hunt = scene.asked, scene.hunt
    new_request = asked is not None and asked.status in _WHY_NO_QUERY
    if not new_request and scene.kql.strip():
        if same_text(shown.kql, scene.kql):
            return "an earlier run"
        if hunt is None or hunt.id == shown.id or hunt.request == shown.request:
            return "the query before the change"
    return f"“{inert(shown.request, _REQUEST_CHARS)}”" if shown.request else "a manual query"


def same_text(kql: str, other: str) -> bool:
    """Whether an editor, which ends lines its own way, would hold the same text."""
    return kql.rstrip().splitlines() == other.rstrip().splitlines()
