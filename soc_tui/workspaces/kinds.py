"""What a kind of workspace declares of itself.

Each kind is declared in `kind.py` of its folder, and has a line in
`soc_tui.opening.workspace_kinds`. From these come the settings and their screen, the first start,
`--workspace`, `soc-tui doctor` and the table in the README.
"""

from __future__ import annotations

import functools
import typing
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, make_dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any, Literal

from soc_tui.config.workspace_section import (
    SIGN_IN,
    Declared,
    WorkspaceSettings,
    declared_settings,
)
from soc_tui.workspaces import Workspace

if TYPE_CHECKING:
    from soc_tui.workspaces.azure_sign_in.token_chain import SignIn

Progress = Callable[[str, float], None]
"""Told (from a thread) what is being made and the share done (0-1)."""

Credential = Callable[[], "SignIn"]
"""Signs in to Azure as the settings say; asked only by those who need it."""

Open = Callable[[WorkspaceSettings, Progress | None, Credential], Workspace]
"""Opens what the settings mean. Blocks. Raises ConfigError, WorkspaceError."""


@dataclass(frozen=True, slots=True)
class Start:
    """A line of the first start and of "Choose a workspace".

    Attributes:
        key: The letter that chooses it.
        leads_to: What comes next: the workspace opens; the settings, at the first of the kind's
            own; files to import; or a file that is such a workspace.
    """

    key: str
    line: str
    leads_to: Literal["opening", "settings", "import", "file"]


@dataclass(frozen=True, slots=True)
class Cannot:
    """What a kind of workspace cannot do.

    Attributes:
        what: After "cannot".
        why: A sentence without its full stop.
    """

    what: str
    why: str


@dataclass(frozen=True, kw_only=True)
class WorkspaceKind:
    """One kind of workspace.

    Attributes:
        name: Of `workspace.kind` in the settings.
        meaning: As in "demo, a local file, or Azure Log Analytics".
        open: Imports what is heavy when it is called, not before.
        starts: Its lines on the first start.
        time_columns: Names of the column that time bounds apply to, the likelier first.
        cannot: What `soc-tui doctor` and the README say of its limits.
        settings: The kind's own settings, in addition to the shared ones.
        signs_in: Whether somebody signs in to Azure for it.
        exported: It holds what was exported into it: some tables of the catalog, and some columns.
            Others have what the catalog says.
        own_tables: Whoever uses it made it: what its tables hold may be queried, known to the
            catalog or not, as far back as it goes.
        remote: A service holds the logs: a command that reads whole tables takes a span of them.
    """

    name: str
    meaning: str
    open: Open
    starts: tuple[Start, ...]
    time_columns: tuple[str, ...]
    cannot: tuple[Cannot, ...]
    settings: type[WorkspaceSettings] = WorkspaceSettings
    signs_in: bool = False
    exported: bool = False
    own_tables: bool = False
    remote: bool = False

    @property
    def first_setting(self) -> str:
        """Place of the first setting of its own; that of the kind when it has none."""
        own = (item.name for item in fields(self.settings) if item.name not in _SHARED)
        return f"workspace.{next(own, 'kind')}"


_SHARED = frozenset(item.name for item in fields(WorkspaceSettings))


@functools.cache
def section_of(kinds: tuple[WorkspaceKind, ...]) -> type[WorkspaceSettings]:
    """The section [workspace]: all that can be set for any of the kinds. The first is the default.

    Raises:
        ValueError: two kinds declare a setting of one name in two ways.
    """
    parts = dict.fromkeys(kind.settings for kind in kinds)
    names = tuple(kind.name for kind in kinds)
    own: dict[str, tuple[Any, Any, Declared]] = {
        "kind": (
            Literal[names],
            names[0],
            Declared("Workspace", _in_words([kind.meaning for kind in kinds]), kinds=names),
        )
    }
    for part in parts:
        types = typing.get_type_hints(part)
        defaults = part()
        for name, declared in declared_settings(part).items():
            if name == "kind":
                continue
            having = tuple(kind.name for kind in kinds if _has(kind, name))
            found = types[name], getattr(defaults, name), replace(declared, kinds=having)
            if own.setdefault(name, found) != found:
                raise ValueError(f"Two kinds of workspace declare {name} in two ways.")
    # Fields come from the last base to the first, but one that inherits another stands before it.
    bases = list(parts)
    bases.reverse()
    bases.sort(key=lambda part: -len(part.__mro__))
    section = make_dataclass(
        "WorkspaceSection",
        [
            (name, Annotated[kind, declared], field(default=default))
            for name, (kind, default, declared) in own.items()
        ],
        bases=tuple(bases),
        frozen=True,
    )
    return typing.cast("type[WorkspaceSettings]", section)


def _has(kind: WorkspaceKind, name: str) -> bool:
    if name in SIGN_IN:
        return kind.signs_in
    return any(item.name == name for item in fields(kind.settings))


def chosen_by_word(kinds: tuple[WorkspaceKind, ...]) -> str:
    """What `--workspace` takes: "demo, log_analytics, or a DuckDB file of imported logs"."""
    declared = declared_settings(section_of(kinds)).values()
    files = [one for one in declared if one.names_file]
    by_file = {name for one in files for name in one.kinds}
    words = [kind.name for kind in kinds if kind.name not in by_file]
    return _in_words([*words, *(f"a {one.meaning}" for one in files)])


def _in_words(words: Sequence[str]) -> str:
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])}, or {words[-1]}"
