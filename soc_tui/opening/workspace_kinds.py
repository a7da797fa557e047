"""The kinds of workspace that there are: one line each."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from soc_tui.config.settings import Settings, read_settings
from soc_tui.config.workspace_section import WorkspaceSettings
from soc_tui.demo.kind import DEMO
from soc_tui.workspaces.kinds import Cannot, Start, WorkspaceKind, chosen_by_word, section_of
from soc_tui.workspaces.local.kind import LOCAL
from soc_tui.workspaces.log_analytics.kind import LOG_ANALYTICS

KINDS: tuple[WorkspaceKind, ...] = (
    DEMO,
    LOCAL,
    LOG_ANALYTICS,
)


def kind_of(chosen: WorkspaceSettings) -> WorkspaceKind:
    """The kind that the settings choose."""
    return next(kind for kind in KINDS if kind.name == chosen.kind)


def workspaces_in_words() -> str:
    """What `--workspace` takes."""
    return chosen_by_word(KINDS)


def starts() -> tuple[tuple[str, Start], ...]:
    """All lines of the first start, each with the name of its kind."""
    return tuple((kind.name, start) for kind in KINDS for start in kind.starts)


def cannot() -> dict[Cannot, tuple[str, ...]]:
    """What some kinds cannot do, with their names."""
    found: dict[Cannot, tuple[str, ...]] = {}
    for kind in KINDS:
        for one in kind.cannot:
            found[one] = (*found.get(one, ()), kind.name)
    return found


def default_settings() -> Settings:
    """What holds where nothing is set."""
    return Settings(workspace=section_of(KINDS)())


def load_settings(path: Path | None = None, environ: Mapping[str, str] = os.environ) -> Settings:
    """As `soc_tui.config.settings.read_settings`, with all kinds of workspace."""
    return read_settings(default_settings(), path, environ)
