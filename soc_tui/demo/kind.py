"""The demo, as a kind of workspace."""

from __future__ import annotations

from soc_tui.config.paths import demo_file
from soc_tui.config.workspace_section import WorkspaceSettings
from soc_tui.model.time_columns import TIME_COLUMNS
from soc_tui.workspaces import Workspace
from soc_tui.workspaces.kinds import Cannot, Credential, Progress, Start, WorkspaceKind
from soc_tui.workspaces.local.kind import UNTRANSLATED


def _open(chosen: WorkspaceSettings, progress: Progress | None, sign_in: Credential) -> Workspace:
    from soc_tui.demo.workspace import ensure_demo
    from soc_tui.workspaces.local.workspace import LocalWorkspace

    path = demo_file()
    ensure_demo(path, progress=progress)
    return LocalWorkspace(path, name="demo")


DEMO = WorkspaceKind(
    name="demo",
    meaning="demo",
    open=_open,
    starts=(
        Start("d", "Demo: a week of generated logs with an intrusion. No key, no cloud", "opening"),
    ),
    time_columns=TIME_COLUMNS,
    cannot=(
        UNTRANSLATED,
        Cannot(
            "take imported logs",
            "it is generated, and rebuilt by new versions; import into another file",
        ),
    ),
    exported=True,
)
