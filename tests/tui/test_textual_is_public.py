"""Only `soc_tui.tui.terminal` uses private parts of Textual; what it does there has a guard."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import textwrap
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

import soc_tui.tui

LIBRARIES = ("textual", "rich", "textual_fastdatatable")
ROOM = "soc_tui.tui.terminal"
_PRIVATE = re.compile(r"_[a-z]\w*")
_TUI = Path(soc_tui.tui.__file__).parent
MODULES = [
    name
    for path in sorted(_TUI.rglob("*.py"))
    if not (name := ".".join(path.relative_to(_TUI.parents[1]).with_suffix("").parts)).startswith(
        ROOM
    )
]


@pytest.mark.parametrize("name", MODULES)
def test_no_private_part_is_used(name: str) -> None:
    module = importlib.import_module(name)
    assert not list(uses(module, inspect.getsource(module)))


def uses(module: ModuleType, source: str) -> Iterator[str]:
    """Each private part of a library in the source of a module, with its line."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        match node:
            case ast.ImportFrom(module=str(path), names=names):
                words = [path, *(one.name for one in names)]
                if _of_library(path) and any(map(_is_private, ".".join(words).split("."))):
                    yield f"{node.lineno}: from {path}"
            case ast.Import(names=names):
                for one in names:
                    if _of_library(one.name) and any(map(_is_private, one.name.split("."))):
                        yield f"{node.lineno}: import {one.name}"
            case ast.Attribute(value=owner, attr=attr) if _is_private(attr):
                if not _is_own(owner):
                    yield f"{node.lineno}: {ast.unparse(node)}"
            case ast.Call(func=ast.Name(id="getattr" | "setattr" | "hasattr" | "delattr")):
                if any(
                    isinstance(each, ast.Constant) and _is_private(str(each.value))
                    for each in node.args[1:2]
                ):
                    yield f"{node.lineno}: {ast.unparse(node)}"
            case ast.ClassDef(name=name):
                yield from _taken_over(getattr(module, name, None), node)


def _taken_over(kind: object, tree: ast.ClassDef) -> Iterator[str]:
    """Names of a library's class that one of ours uses, or gives another meaning."""
    if not isinstance(kind, type):
        return
    theirs = set[str]().union(*(_private_of(each) for each in kind.__mro__))
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(attr=name) | ast.Name(id=name, ctx=ast.Store()):
                used = name
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                used = name
            case _:
                continue
        if used in theirs:
            yield f"{node.lineno}: {kind.__name__}.{used}"


@cache
def _private_of(kind: type) -> frozenset[str]:
    if not _of_library(kind.__module__):
        return frozenset()
    set_in_it = re.findall(r"self\.(_[a-z]\w*)", inspect.getsource(kind))
    return frozenset({*filter(_is_private, vars(kind)), *set_in_it})


def _of_library(module: str) -> bool:
    return module.split(".")[0] in LIBRARIES


def _is_private(name: str) -> bool:
    return _PRIVATE.fullmatch(name) is not None


def _is_own(owner: ast.expr) -> bool:
    return isinstance(owner, ast.Name) and owner.id in {"self", "cls"}


@pytest.mark.parametrize(
    "source",
    [
        "from textual._time import get_time",
        "from textual.keys import _character_to_key",
        "import textual._compositor",
        "def told(app):\n    return app._notifications",
        "def told(app):\n    return getattr(app, '_notifications')",
        """
        from textual.widgets import TextArea
        class Area(TextArea):
            def forget(self):
                self._line_cache.clear()
        """,
        """
        from textual.app import App
        class Mine(App):
            def _fatal_error(self):
                pass
        """,
        """
        from textual.widgets import OptionList
        class Lines(OptionList):
            _option_to_index = 3
        """,
    ],
)
def test_each_way_to_use_one_is_seen(source: str) -> None:
    code = textwrap.dedent(source)
    module = ModuleType("tried")
    exec(code, module.__dict__)
    assert list(uses(module, code))
