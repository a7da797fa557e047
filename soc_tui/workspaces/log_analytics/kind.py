"""Azure Log Analytics (Microsoft Sentinel's logs), as a kind of workspace."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from soc_tui.config.workspace_section import Declared, WorkspaceSettings
from soc_tui.model.errors import ConfigError
from soc_tui.workspaces import Workspace
from soc_tui.workspaces.kinds import Cannot, Credential, Progress, Start, WorkspaceKind


@dataclass(frozen=True)
class LogAnalyticsSettings(WorkspaceSettings):
    """Where the workspace is.

    Attributes:
        workspace_id: A GUID, not the workspace's name.
        endpoint: Query API, without `/v1`. Azure Government: https://api.loganalytics.us,
            Azure in China: https://api.loganalytics.azure.cn.
        audience: Token audience; empty for the endpoint itself.
        timeout_seconds: Longest query, seconds; the service allows 600.
    """

    workspace_id: Annotated[
        str, Declared("Workspace id", "GUID on its overview page", "SOC_TUI_WORKSPACE_ID")
    ] = ""
    endpoint: Annotated[
        str, Declared("Query endpoint", "another one for a sovereign cloud", "SOC_TUI_ENDPOINT")
    ] = "https://api.loganalytics.io"
    audience: Annotated[
        str,
        Declared(
            "Token audience",
            "of a sovereign cloud, where it is not the endpoint",
            "SOC_TUI_AUDIENCE",
            on_screen=False,
        ),
    ] = ""
    timeout_seconds: Annotated[float, Declared("Time-out", "longest query, seconds (600)")] = 600


def _open(chosen: WorkspaceSettings, progress: Progress | None, sign_in: Credential) -> Workspace:
    from soc_tui.workspaces.log_analytics.workspace import LogAnalyticsWorkspace

    own = chosen.own(LogAnalyticsSettings)
    if not own.workspace_id:
        raise ConfigError(
            "The Log Analytics workspace has no id.",
            "workspace.workspace_id is not set.",
            "Set it in config.toml or as SOC_TUI_WORKSPACE_ID (the GUID on its overview page).",
        )
    return LogAnalyticsWorkspace(
        own.workspace_id,
        sign_in(),
        endpoint=own.endpoint,
        audience=own.audience,
        timeout_seconds=own.timeout_seconds,
        ca_bundle=own.ca_bundle,
    )


LOG_ANALYTICS = WorkspaceKind(
    name="log_analytics",
    meaning="Azure Log Analytics",
    open=_open,
    starts=(
        Start("a", "Azure Log Analytics or Microsoft Sentinel: connect a workspace", "settings"),
    ),
    time_columns=("TimeGenerated",),
    # Source: https://learn.microsoft.com/azure/azure-monitor/service-limits (query API)
    cannot=(
        Cannot("answer with more than 500,000 rows or about 100 MB", "the service cuts it"),
        Cannot("run a query for more than 10 minutes", "the service stops it"),
    ),
    settings=LogAnalyticsSettings,
    signs_in=True,
    remote=True,
)
