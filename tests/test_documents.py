"""What the documents name exists, and the workflow runs what the project promises."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "soc_tui"
ARCHITECTURE = PACKAGE / "ARCHITECTURE.md"
DOCUMENTS = [ARCHITECTURE, ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
_PATH = re.compile(r"`([\w.-]+(?:/[\w.-]*)+|[\w-]+\.(?:py|toml|md|lock|txt))`")
_LINK = re.compile(r"\]\((?!https?:)([^)#]+)")
MOST_FILES = 3
"""A newcomer's task touches no more product files."""


def paths_in(text: str) -> list[str]:
    return _PATH.findall(text)


def exists(path: str) -> bool:
    places = (PACKAGE, ROOT, PACKAGE / "analysts/offline/planner")  # knowledge.toml by name
    return any((place / path).exists() for place in places)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_path_that_a_document_names_exists(document: Path) -> None:
    text = document.read_text(encoding="utf-8")

    missing = [path for path in paths_in(text) if not exists(path)]
    missing += [link for link in _LINK.findall(text) if not (document.parent / link).exists()]
    assert not missing


def test_every_room_stands_in_the_architecture() -> None:
    named = {path.split("/")[0] for path in paths_in(ARCHITECTURE.read_text(encoding="utf-8"))}
    rooms = {path.name for path in PACKAGE.iterdir() if (path / "__init__.py").exists()}

    assert rooms - named == set()


def test_the_eight_tasks_touch_at_most_three_files_each() -> None:
    text = ARCHITECTURE.read_text(encoding="utf-8").partition("## Where to add what")[2]
    tasks = [line for line in text.splitlines() if line.startswith("| a") or "prompt |" in line]

    assert len(tasks) == 8
    for task in tasks:
        assert 1 <= len(paths_in(task)) <= MOST_FILES, task


@pytest.fixture(scope="module")
def workflow() -> dict[str, Any]:
    text = (ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded


def test_the_workflow_tests_every_python_that_the_project_names(workflow: dict[str, Any]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = "Programming Language :: Python :: "
    promised = [
        classifier.removeprefix(named)
        for classifier in project["classifiers"]
        if classifier.startswith(named)
    ]
    matrix = workflow["jobs"]["tests"]["strategy"]["matrix"]

    assert matrix["python"] == promised
    assert {name.split("-")[0] for name in matrix["os"]} == {"ubuntu", "macos", "windows"}


def test_actions_are_pinned_by_their_major_version(workflow: dict[str, Any]) -> None:
    used = [
        step["uses"] for job in workflow["jobs"].values() for step in job["steps"] if "uses" in step
    ]

    assert used
    assert all(re.fullmatch(r"actions/[\w-]+@v\d+", action) for action in used)


def test_hooks_are_the_tools_of_the_environment() -> None:
    text = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    hooks = [hook for repository in yaml.safe_load(text)["repos"] for hook in repository["hooks"]]

    assert {hook["id"] for hook in hooks} == {"ruff", "ruff-format", "mypy", "import-linter"}
    assert all(hook["language"] == "system" for hook in hooks)


def test_the_readme_lists_every_bench() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    developers = readme.partition("## For developers")[2]
    benches = {path.stem for path in (ROOT / "tests/bench").glob("*.py")} - {"__init__"}

    assert benches - set(re.findall(r"`(\w+)(?: \[?\w+\]?)*`", developers)) == set()
