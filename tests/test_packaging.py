"""What pyproject.toml declares, what the lock files pin, and what the wheel holds."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[1]
_PIN = re.compile(r"^([\w.-]+)==([\w.]+)(?: ; .*)?(?= \\$)", re.MULTILINE)


@pytest.fixture(scope="module")
def pyproject() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def declared(pyproject: dict[str, Any], *, dev: bool) -> list[Requirement]:
    project = pyproject["project"]
    lines = [*project["dependencies"], *pyproject["dependency-groups"]["build"]]
    return [*map(Requirement, [*lines, *(project["optional-dependencies"]["dev"] if dev else [])])]


def pins(lock: str) -> dict[str, list[Version]]:
    """Versions by name; several where they differ by Python or system."""
    pinned: dict[str, list[Version]] = {}
    for name, version in _PIN.findall((ROOT / lock).read_text(encoding="utf-8")):
        pinned.setdefault(canonicalize_name(name), []).append(Version(version))
    return pinned


@pytest.mark.parametrize(
    ("lock", "dev"), [("requirements.lock", False), ("requirements-dev.lock", True)]
)
def test_a_lock_pins_what_is_declared_within_its_bounds(
    pyproject: dict[str, Any], lock: str, dev: bool
) -> None:
    pinned = pins(lock)

    for requirement in declared(pyproject, dev=dev):
        versions = pinned[canonicalize_name(requirement.name)]
        assert all(version in requirement.specifier for version in versions), requirement


def test_both_locks_pin_the_same_versions() -> None:
    base, dev = pins("requirements.lock"), pins("requirements-dev.lock")

    assert base.items() <= dev.items()


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_every_pin_has_hashes_and_no_address_of_an_index(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")

    assert not re.search(r"://|^-", text, re.MULTILINE)
    entries = [line for line in text.splitlines() if line and line[0] not in "# "]
    assert entries
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+(?: ; .*)? \\", line) for line in entries)


def test_every_dependency_has_an_upper_bound(pyproject: dict[str, Any]) -> None:
    open_ended = [
        requirement.name
        for requirement in declared(pyproject, dev=True)
        if not any(bound.operator in {"<", "==", "~="} for bound in requirement.specifier)
    ]
    assert not open_ended


def test_the_locks_can_build_what_the_project_builds_with(pyproject: dict[str, Any]) -> None:
    assert pyproject["build-system"]["requires"] == pyproject["dependency-groups"]["build"]


def test_the_wheel_holds_the_package_and_nothing_else(tmp_path: Path) -> None:
    """As `pip install .` builds it."""
    script = f"from hatchling.build import build_wheel; print(build_wheel({str(tmp_path)!r}))"
    built = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    with zipfile.ZipFile(tmp_path / built.stdout.strip()) as wheel:
        held = {name for name in wheel.namelist() if ".dist-info/" not in name}

    there = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "soc_tui").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert held == there
