"""Logs in a DuckDB file, as a kind of workspace."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from soc_tui.config.workspace_section import Declared, WorkspaceSettings
from soc_tui.model.errors import ConfigError
from soc_tui.model.time_columns import TIME_COLUMNS
from soc_tui.workspaces import Workspace
from soc_tui.workspaces.kinds import Cannot, Credential, Progress, Start, WorkspaceKind

UNTRANSLATED = Cannot(
    "run `consume`, `facet`, `fork`, `reduce` and `totable`; "
    "nor, in some forms, `as`, `evaluate`, `mv-apply` and `partition`; "
    "nor most functions of geometry",
    "duckdb-kql does not translate them, and the error says which it is",
)
"""Written out, as the entries of the operators come too late for the first screen."""


@dataclass(frozen=True)
class LocalSettings(WorkspaceSettings):
    """The file."""

    path: Annotated[
        Path | None, Declared("File", "DuckDB file of imported logs", names_file=True)
    ] = None
    geoip: Annotated[
        Path | None,
        Declared("GeoIP file", "places by address, .mmdb, for geo_info_from_ip_address()"),
    ] = None
    clock: Annotated[
        Literal["logs", "wall"],
        Declared(
            "Time counts from",
            "logs: the end of the logs; wall: now",
            "SOC_TUI_CLOCK",
        ),
    ] = "logs"


def _open(chosen: WorkspaceSettings, progress: Progress | None, sign_in: Credential) -> Workspace:
    from soc_tui.workspaces.local.workspace import LocalWorkspace

    own = chosen.own(LocalSettings)
    path = own.path
    if path is None:
        raise ConfigError(
            "The local workspace has no file.",
            "workspace.path is not set.",
            "Set a DuckDB file: soc-tui --workspace FILE.duckdb",
        )
    return LocalWorkspace(path, geoip=own.geoip, from_end=own.clock == "logs")


LOCAL = WorkspaceKind(
    name="local",
    meaning="a local file",
    open=_open,
    starts=(
        Start("i", "Your own log files: EVTX, CSV, JSON, syslog and more", "import"),
        Start("o", "An existing workspace file (.duckdb)", "file"),
    ),
    time_columns=TIME_COLUMNS,
    cannot=(
        UNTRANSLATED,
        Cannot("read tables of other workspaces", "its file is all there is"),
    ),
    settings=LocalSettings,
    exported=True,
    own_tables=True,
)
