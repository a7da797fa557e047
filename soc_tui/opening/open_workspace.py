"""From settings to the workspace, and to who signs in there."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from soc_tui.config.paths import data_dir
from soc_tui.config.settings import WorkspaceSettings
from soc_tui.model.errors import ConfigError
from soc_tui.opening.model_endpoint import Credential
from soc_tui.workspaces import Workspace

if TYPE_CHECKING:
    from soc_tui.workspaces.azure_sign_in.token_chain import SignIn

Progress = Callable[[str, float], None]
DeviceCode = Callable[[str, str], None]


def open_workspace(
    chosen: WorkspaceSettings, progress: Progress | None, credential: Credential
) -> Workspace:
    """The workspace of the settings; the demo is made if it is not there. Blocks.

    Args:
        credential: Signs in to Azure; asked for only there.

    Raises:
        ConfigError: something is not set, or cannot be used.
        WorkspaceError: the demo cannot be made.
    """
    match chosen.kind:
        case "demo":
            return _demo(progress)
        case "local":
            return _local(chosen)
        case "log_analytics":
            return _log_analytics(chosen, credential)


def _demo(progress: Progress | None) -> Workspace:
    from soc_tui.demo.workspace import ensure_demo
    from soc_tui.workspaces.local.workspace import LocalWorkspace

    path = data_dir() / "demo.duckdb"
    ensure_demo(path, progress=progress)
    return LocalWorkspace(path, name="demo")


def _local(chosen: WorkspaceSettings) -> Workspace:
    from soc_tui.workspaces.local.workspace import LocalWorkspace

    if chosen.path is None:
        raise ConfigError(
            "The local workspace has no file.",
            "workspace.path is not set.",
            "Name a DuckDB file: soc-tui --workspace FILE.duckdb",
        )
    return LocalWorkspace(chosen.path)


def _log_analytics(chosen: WorkspaceSettings, credential: Credential) -> Workspace:
    from soc_tui.workspaces.log_analytics.workspace import LogAnalyticsWorkspace

    if not chosen.workspace_id:
        raise ConfigError(
            "The Log Analytics workspace has no id.",
            "workspace.workspace_id is not set.",
            "Set it in config.toml or as SOC_TUI_WORKSPACE_ID (the GUID on its overview page).",
        )
    return LogAnalyticsWorkspace(
        chosen.workspace_id,
        credential(),
        endpoint=chosen.endpoint,
        audience=chosen.audience,
        timeout_seconds=chosen.timeout_seconds,
        ca_bundle=chosen.ca_bundle,
    )


def sign_in(chosen: WorkspaceSettings, on_device_code: DeviceCode | None) -> SignIn:
    """The credential of the settings. Nothing is sent. Raises CredentialError."""
    from soc_tui.workspaces.azure_sign_in.credentials import build_credential

    return build_credential(
        chosen.credential,
        tenant_id=chosen.tenant_id,
        client_id=chosen.client_id,
        client_secret=chosen.client_secret.reveal(),
        certificate_path=chosen.certificate_path,
        authority=chosen.authority,
        on_device_code=on_device_code,
        ca_bundle=chosen.ca_bundle,
    )
