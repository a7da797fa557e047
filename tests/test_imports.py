"""Imports point down only, and each library stays in its rooms: the contracts in pyproject.toml."""

from __future__ import annotations

import itertools
import sys
from pathlib import Path

import pytest
from grimp import ImportGraph
from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

from tests.import_contracts import AcyclicModulesContract


def test_every_import_contract_is_kept(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(Path(__file__).parents[1])
    monkeypatch.setattr(sys, "path", [*sys.path])  # import-linter puts the folder on it

    code = lint_imports(config_filenames=("pyproject.toml",), no_cache=True, no_logo=True)

    assert code == EXIT_STATUS_SUCCESS, capsys.readouterr().out


@pytest.mark.parametrize(
    ("imports", "circle"),
    [
        ([("a", "b"), ("b", "c"), ("a", "c")], []),
        ([("a", "b"), ("b", "c"), ("c", "a")], ["a", "b", "c", "a"]),
        ([("package", "package.part"), ("package.part", "package")], ["package", "package.part"]),
    ],
)
def test_a_circle_of_modules_is_found(imports: list[tuple[str, str]], circle: list[str]) -> None:
    graph = ImportGraph()
    for importer, imported in imports:
        graph.add_import(importer=importer, imported=imported)
    contract = AcyclicModulesContract("no circle", {}, {})

    check = contract.check(graph, verbose=False)

    found = check.metadata["circle"]
    assert check.kept is not bool(circle)
    assert set(found) == set(circle)
    assert all(pair in imports for pair in itertools.pairwise(found))
