"""What time counts from in a workspace of imported logs: their end, or now."""

from __future__ import annotations

from typing import Literal

from soc_tui.config.settings import Settings, merged
from soc_tui.opening.workspace_kinds import kind_of
from soc_tui.workspaces.local.kind import LOCAL, LocalSettings

PLACE = "workspace.clock"


def other_clock(settings: Settings) -> Settings | None:
    """The settings with the other clock; None where the workspace has no choice."""
    if kind_of(settings.workspace) is not LOCAL:
        return None
    clock = settings.workspace.own(LocalSettings).clock
    other: Literal["logs", "wall"] = "wall" if clock == "logs" else "logs"
    return merged(settings, {"workspace": {"clock": other}}, "the clock")
