"""The workspace of the settings, and its sign-in."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from soc_tui.config.workspace_section import WorkspaceSettings
from soc_tui.opening.workspace_kinds import kind_of
from soc_tui.workspaces import Workspace
from soc_tui.workspaces.kinds import Credential, Progress

if TYPE_CHECKING:
    from soc_tui.workspaces.azure_sign_in.token_chain import SignIn

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
    return kind_of(chosen).open(chosen, progress, credential)


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
