"""The section [workspace] of the settings: what every kind of workspace has.

A kind adds its own settings in a dataclass of its folder; `soc_tui.workspaces.kinds.section_of`
makes the whole section of them.
"""

from __future__ import annotations

import typing
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from soc_tui.config.secret import Secret

CredentialKind = Literal[
    "chain",
    "environment",
    "client_secret",
    "certificate",
    "managed_identity",
    "cli",
    "device_code",
]


@dataclass(frozen=True, slots=True)
class Declared:
    """What is said of a setting where it is declared: `name: Annotated[str, Declared(...)] = ""`.

    Attributes:
        label: In front of its value on the settings screen.
        meaning: What it is for, in a few words.
        variable: Environment variable that sets it; empty for none.
        on_screen: Whether the settings screen offers it.
        credentials: Of `workspace.credential`, those that it matters for; empty for all.
        names_file: The workspace is chosen by this file: `soc-tui --workspace FILE`.
        kinds: Names of the kinds of workspace that have it.
    """

    label: str
    meaning: str
    variable: str = ""
    on_screen: bool = True
    credentials: tuple[str, ...] = ()
    names_file: bool = False
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True)
class WorkspaceSettings:
    """Which logs, and who signs in to Azure: for them, or for a model without a key."""

    kind: Annotated[str, Declared("Workspace", "where the logs are")] = "demo"
    credential: Annotated[
        CredentialKind,
        Declared("Credential", "chain tries each available one", "SOC_TUI_CREDENTIAL"),
    ] = "chain"
    tenant_id: Annotated[
        str,
        Declared(
            "Tenant id",
            "GUID or domain of the directory",
            "AZURE_TENANT_ID",
            credentials=(
                "chain",
                "environment",
                "client_secret",
                "certificate",
                "device_code",
                "cli",
            ),
        ),
    ] = ""
    client_id: Annotated[
        str,
        Declared(
            "Client id",
            "the app, or the managed identity, that signs in",
            "AZURE_CLIENT_ID",
            credentials=(
                "chain",
                "environment",
                "client_secret",
                "certificate",
                "managed_identity",
            ),
        ),
    ] = ""
    client_secret: Annotated[
        Secret,
        Declared(
            "Client secret",
            "of that app; kept in secrets.toml, never shown",
            "AZURE_CLIENT_SECRET",
            credentials=("chain", "environment", "client_secret"),
        ),
    ] = field(default_factory=Secret)
    certificate_path: Annotated[
        Path | None,
        Declared(
            "Certificate",
            "PEM or PFX file of that app",
            "AZURE_CLIENT_CERTIFICATE_PATH",
            credentials=("chain", "environment", "certificate"),
        ),
    ] = None
    authority: Annotated[
        str, Declared("Authority", "login host of the cloud, https", "AZURE_AUTHORITY_HOST")
    ] = "https://login.microsoftonline.com"
    ca_bundle: Annotated[
        Path | None,
        Declared("CA bundle", "PEM file of extra certificate authorities", "SOC_TUI_CA_BUNDLE"),
    ] = None

    def own(self, kind: type[Own]) -> Own:
        """These settings with those of one kind. Raises TypeError: it is not a part of them."""
        if not isinstance(self, kind):
            raise TypeError(f"The settings of {kind.__name__} are not in {type(self).__name__}.")
        return self

    @property
    def file(self) -> Path | None:
        """The file that is the workspace, where one is set."""
        place = file_setting(type(self))
        found = getattr(self, place) if place else None
        return found if isinstance(found, Path) else None


Own = TypeVar("Own", bound=WorkspaceSettings)

SIGN_IN = tuple(item.name for item in fields(WorkspaceSettings) if item.name != "kind")
"""Names of the settings that say who signs in to Azure."""


def declared_settings(section: type[WorkspaceSettings]) -> Mapping[str, Declared]:
    """The declaration of each setting of the section, by name."""
    hints = typing.get_type_hints(section, include_extras=True)
    return {item.name: hints[item.name].__metadata__[0] for item in fields(section)}


def kinds_with(section: type[WorkspaceSettings], name: str) -> tuple[str, ...]:
    """Names of the kinds that have a setting."""
    return declared_settings(section)[name].kinds


def file_setting(section: type[WorkspaceSettings]) -> str:
    """Name of the setting that names a workspace's file; empty when no kind has one."""
    named = (name for name, declared in declared_settings(section).items() if declared.names_file)
    return next(named, "")


def choice(section: type[WorkspaceSettings], text: str) -> dict[str, str]:
    """What `--workspace` or SOC_TUI_WORKSPACE says: a kind by its name, else its file."""
    place = file_setting(section)
    if not place:
        return {"kind": text}
    kind = kinds_with(section, place)[0]
    named = typing.get_args(typing.get_type_hints(section)["kind"])
    return {"kind": text} if text in named and text != kind else {"kind": kind, place: text}
