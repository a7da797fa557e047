"""A kind of workspace that soc_tui does not have: declared here, and added with one line."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import pytest

from soc_tui.config.workspace_section import Declared, WorkspaceSettings
from soc_tui.model.errors import ConfigError
from soc_tui.opening import workspace_kinds
from soc_tui.workspaces import Workspace
from soc_tui.workspaces.kinds import Cannot, Credential, Progress, Start, WorkspaceKind
from soc_tui.workspaces.local.workspace import LocalWorkspace


@dataclass(frozen=True)
class ArchiveSettings(WorkspaceSettings):
    """Where the archive is."""

    archive: Annotated[Path | None, Declared("Archive", "file of the year", "SOC_TUI_ARCHIVE")] = (
        None
    )
    shelf: Annotated[int, Declared("Shelf", "number of the shelf")] = 1


def _open(chosen: WorkspaceSettings, progress: Progress | None, sign_in: Credential) -> Workspace:
    own = chosen.own(ArchiveSettings)
    if own.archive is None:
        raise ConfigError("The archive has no file.", "workspace.archive is not set.", "Name it.")
    return LocalWorkspace(own.archive, name=f"archive, shelf {own.shelf}")


ARCHIVE = WorkspaceKind(
    name="archive",
    meaning="an archive",
    open=_open,
    starts=(Start("v", "Archive: the logs of another year", "settings"),),
    time_columns=("Timestamp",),
    cannot=(Cannot("answer quickly", "it lies in the cellar"),),
    settings=ArchiveSettings,
    exported=True,
)


def add_archive(monkeypatch: pytest.MonkeyPatch) -> None:
    """The one line of `soc_tui.opening.workspace_kinds`."""
    monkeypatch.setattr(workspace_kinds, "KINDS", (*workspace_kinds.KINDS, ARCHIVE))
