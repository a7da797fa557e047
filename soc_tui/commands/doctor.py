"""`soc-tui doctor`: tests everything a hunt needs; one line each, with the next step."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Iterator, Sequence, Set
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from soc_tui.commands.terminal import Terminal
from soc_tui.config.paths import cache_dir, config_dir, data_dir, rules_dir, state_dir
from soc_tui.config.settings import Settings
from soc_tui.model.errors import ConfigError, HistoryError, SocError
from soc_tui.model.wording import number_of
from soc_tui.opening.connection_test import Connection
from soc_tui.opening.workspace_kinds import kind_of

if TYPE_CHECKING:
    from soc_tui.guardrails.schema import Difference
    from soc_tui.workspaces import Workspace
    from soc_tui.workspaces.kinds import WorkspaceKind

_MOST_NAMES = 20
_HISTORY_CHECKED = 10_000


def examine(load: Callable[[], Settings], *, schema: bool = False) -> bool:
    """Print one line per check; True when none has a problem. No model generates anything.

    Args:
        schema: Also fetch the real columns of the workspace and say how the catalog differs. A
            difference is no problem: few workspaces have every table.
    """
    doctor = _Doctor()
    settings = doctor.settings(load)
    folders = {
        "config": config_dir(), "data": data_dir(), "state": state_dir(), "cache": cache_dir()
    }  # fmt: skip
    for name, folder in folders.items():
        doctor.check(f"{name} folder", partial(_writable, folder))
    doctor.check("catalog", _catalog)
    doctor.check("models", _models)
    doctor.check("token counter", _ranks)
    doctor.check("ATT&CK", _attack)
    doctor.check("rules", _rules)
    doctor.check("history", _history)
    if settings:
        asyncio.run(_connections(settings, doctor, schema))
    return doctor.well


class _Doctor:
    def __init__(self) -> None:
        self.terminal = Terminal()
        self.well = True

    def settings(self, load: Callable[[], Settings]) -> Settings | None:
        found: list[Settings] = []

        def read() -> str:
            found.append(load())
            file = config_dir() / "config.toml"
            return f"read from {file}" if file.exists() else f"defaults ({file} does not exist)"

        self.check("settings", read)
        return found[0] if found else None

    def check(self, name: str, examine: Callable[[], str]) -> None:
        """One line: what is found, or what is wrong and what to do."""
        try:
            self._good(name, examine())
        except SocError as error:
            self._bad(name, error)

    async def wait_for(self, name: str, examine: Callable[[], Awaitable[str]]) -> None:
        """As `check`, for what takes its time."""
        try:
            async with self.terminal.ticking():
                self.terminal.begin(f"testing {name}")
                found = await examine()
        except SocError as error:
            self._bad(name, error)
        else:
            self._good(name, found)

    def tell_limits(self, kind: WorkspaceKind) -> None:
        """What the workspace cannot do, and why; that is no problem."""
        for one in kind.cannot:
            self._good("limits", f"{kind.name} cannot {one.what}: {one.why}")

    def _good(self, name: str, found: str) -> None:
        self.terminal.end()
        self.terminal.write([f"ok       {name}: {found}"])

    def _bad(self, name: str, error: SocError) -> None:
        self.well = False
        self.terminal.end()
        self.terminal.write([f"problem  {name}: {error}"])


def _writable(folder: Path) -> str:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"soc-tui")
    except OSError as error:
        raise ConfigError(
            f"{folder} cannot be written.",
            f"{error.strerror or error}.",
            "Check its permissions and free space, or set SOC_TUI_HOME to another folder.",
        ) from error
    return f"{folder} is writable"


def _catalog() -> str:
    from soc_tui.guardrails.catalog import FILE_NAME, load_catalog

    tables = load_catalog(config_dir()).tables
    own = f", with {config_dir() / FILE_NAME}" if (config_dir() / FILE_NAME).exists() else ""
    return f"{len(tables)} tables{own}"


def _models() -> str:
    from soc_tui.guardrails.models import load_models

    return f"{len(load_models(config_dir()))} models with context and prices"


def _ranks() -> str:
    from soc_tui.analysts.packing.token_count import ENCODINGS, count_tokens

    for encoding in ENCODINGS:
        count_tokens("soc-tui", encoding)
    return f"ranks of {' and '.join(ENCODINGS)} verified by their SHA-256"


def _attack() -> str:
    from soc_tui.analysts.grounding import attack_ids

    return (
        f"MITRE ATT&CK {attack_ids.version()}, {attack_ids.count()} techniques, nothing downloaded"
    )


def _rules() -> str:
    from soc_tui.opening.open_rules import open_rules

    library = open_rules()
    book = library.load()
    if book.problems:
        raise ConfigError(
            f"{len(book.problems)} of your rules cannot be used.",
            " ".join(book.problems[:3]),
            "Fix them, or remove the files from the folder; soc-tui rules list shows all.",
        )
    own = sum(rule.origin.startswith(str(rules_dir())) for rule in book.rules)
    loud = sum(not rule.silent for rule in book.rules)
    again = (
        "; the cache of compiled rules was damaged and is being rebuilt" if library.damaged else ""
    )
    return f"{loud} Sigma rules, {own} from {rules_dir()}{again}"


def _history() -> str:
    from soc_tui.history.filters import HistoryFilter
    from soc_tui.history.store import History

    history = History(data_dir() / "history.sqlite3")
    try:
        listing = history.listing(HistoryFilter(), _HISTORY_CHECKED)
    finally:
        history.close()
    if listing.damaged:
        raise HistoryError(
            f"{number_of(listing.damaged, 'record')} of hunts cannot be read.",
            "Their digests do not fit. A disk may be failing.",
            "The others can be read; back up the data folder.",
        )
    newest = listing.hunts
    told = f"; {history.told}" if history.told else ""
    return f"newest hunt {newest[0].id}" + told if newest else f"no hunts recorded yet{told}"


async def _connections(settings: Settings, doctor: _Doctor, schema: bool) -> None:
    def on_device_code(code: str, address: str) -> None:
        doctor.terminal.step(f"Sign in: open {address} and enter code {code}")

    async with Connection(
        settings, progress=doctor.terminal.progress, on_device_code=on_device_code
    ) as connection:

        async def ask_workspace() -> str:
            found = await connection.ask_workspace()
            if schema:
                await _schema(await connection.workspace(), doctor.terminal)
            return found

        await doctor.wait_for("analyst", connection.ask_model)
        await doctor.wait_for("workspace", ask_workspace)
        doctor.tell_limits(kind_of(settings.workspace))


async def _schema(workspace: Workspace, terminal: Terminal) -> None:
    """Print how each table of the catalog differs from the workspace's."""
    from soc_tui.guardrails.catalog import load_catalog
    from soc_tui.guardrails.schema import differences
    from soc_tui.workspaces.log_analytics.getschema import real_schema

    catalog = load_catalog(config_dir())
    schema = await real_schema(workspace, catalog.tables, progress=terminal.progress)
    terminal.end()
    found = differences(catalog, schema)
    terminal.write(line for one in found for line in _difference_lines(one))
    terminal.write(_summary_lines(found, set(schema) - set(catalog.tables)))


def _difference_lines(one: Difference) -> Iterator[str]:
    if one.none:
        yield f"ok       schema of {one.table}: matches the catalog"
        return
    if not one.there:
        yield f"absent   schema of {one.table}: the workspace has no such table"
        return
    yield f"differs  schema of {one.table}:"
    if one.missing:
        yield f"  not in the workspace: {', '.join(one.missing)}"
    if one.extra:
        extra = (f"{column.name} ({column.type.value})" for column in one.extra)
        yield f"  not in the catalog: {', '.join(extra)}"
    for name, catalog, workspace in one.other_types:
        yield f"  {name} is {workspace.value}, the catalog says {catalog.value}"


def _summary_lines(found: Sequence[Difference], others: Set[str]) -> Iterator[str]:
    agree = sum(one.none for one in found)
    absent = sum(not one.there for one in found)
    yield (
        f"schema: {agree} tables match the catalog, {len(found) - agree - absent} differ, "
        f"{absent} are not in the workspace"
    )
    if others:
        listed = ", ".join(sorted(others)[:_MOST_NAMES])
        more = f" and {len(others) - _MOST_NAMES} more" if len(others) > _MOST_NAMES else ""
        yield f"  tables missing from the catalog: {listed}{more}"
    if agree + absent < len(found) or others:
        yield (
            "  Only tables and columns in the catalog can be queried. Add more to "
            f"{config_dir() / 'catalog.toml'}, in the format of `soc-tui config catalog`."
        )
