"""Rules are compiled once: the next start has them, and only a changed file is compiled again."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

import pytest

from soc_tui.analysts.offline.sigma import compile_processes, rule_library
from soc_tui.analysts.offline.sigma.compile_processes import Compiling, Done
from soc_tui.analysts.offline.sigma.compile_rules import compile_file
from soc_tui.analysts.offline.sigma.rule import CompiledFile
from soc_tui.analysts.offline.sigma.rule_library import RuleLibrary, StoppedError
from tests.analysts.offline.sigma.rows_by_hand import rule_text


class Kept:
    """A store in memory."""

    def __init__(self, data: bytes = b"") -> None:
        self.data, self.times = data, 0

    def read(self) -> bytes:
        return self.data

    def keep(self, data: bytes) -> None:
        self.data = data
        self.times += 1


def own_rule(number: int) -> str:
    """A rule with an id of its own."""
    text = rule_text(f"  s: {{FileName: odd{number}.exe}}\n  condition: s", title=f"Own {number}")
    return text.replace("2a2f2c1f0d11", f"{number:012}")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number in range(3):
        (tmp_path / f"{number}.yml").write_text(own_rule(number), "utf-8")
    return tmp_path


@pytest.fixture
def compiled_texts(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Texts that are compiled from now on. Nothing is known, as in a process that begins."""
    texts: list[str] = []
    real = compile_processes.compiled

    def counted(
        missing: Mapping[str, str], done: Done, stop: threading.Event
    ) -> dict[str, CompiledFile]:
        texts.extend(missing.values())
        return real(missing, done, stop)

    monkeypatch.setattr(rule_library, "_KNOWN", {})
    monkeypatch.setattr(rule_library, "compiled", counted)
    monkeypatch.setattr(rule_library, "_ours", tuple)
    return texts


def test_the_next_start_compiles_nothing(
    folder: Path, compiled_texts: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Kept()
    first = RuleLibrary(folder, store).load()
    assert len(compiled_texts) == 3 and len(first.rules) == 3
    monkeypatch.setattr(rule_library, "_KNOWN", {})
    again = RuleLibrary(folder, store)
    assert again.load() == first
    assert len(compiled_texts) == 3 and not again.damaged
    assert store.times == 1


def test_a_changed_file_is_compiled_alone(
    folder: Path, compiled_texts: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Kept()
    RuleLibrary(folder, store).load()
    monkeypatch.setattr(rule_library, "_KNOWN", {})
    library = RuleLibrary(folder, store)
    (folder / "1.yml").write_text(own_rule(7), "utf-8")
    book = library.load()
    assert compiled_texts[3:] == [own_rule(7)]
    assert [rule.title for rule in book.rules] == ["Own 0", "Own 7", "Own 2"]
    (folder / "1.yml").write_text(own_rule(8), "utf-8")  # while the program runs
    assert [rule.title for rule in library.load().rules] == ["Own 0", "Own 8", "Own 2"]
    assert compiled_texts[4:] == [own_rule(8)]


def test_a_renamed_file_is_known_by_its_content(folder: Path, compiled_texts: list[str]) -> None:
    library = RuleLibrary(folder)
    library.load()
    (folder / "0.yml").rename(folder / "other.yml")
    origins = {rule.title: rule.origin for rule in library.load().rules}
    assert origins["Own 0"] == str(folder / "other.yml")
    assert len(compiled_texts) == 3


def test_a_damaged_store_is_made_again(
    folder: Path, compiled_texts: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Kept(b"soc-tui-rules-1 no such thing")
    library = RuleLibrary(folder, store)
    assert len(library.load().rules) == 3 and library.damaged
    monkeypatch.setattr(rule_library, "_KNOWN", {})
    again = RuleLibrary(folder, store)
    assert len(again.load().rules) == 3 and not again.damaged
    assert len(compiled_texts) == 3


def test_a_rule_that_is_left_out_is_known_with_the_reason(
    folder: Path, compiled_texts: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "bad.yml").write_text(own_rule(9).replace("FileName", "FileName|frob"), "utf-8")
    store = Kept()
    first = RuleLibrary(folder, store).load()
    monkeypatch.setattr(rule_library, "_KNOWN", {})
    assert RuleLibrary(folder, store).load().problems == first.problems
    assert "bad.yml" in first.problems[0] and "frob" in first.problems[0]
    assert len(compiled_texts) == 4


def test_what_is_ready_is_kept_when_the_library_is_closed(
    folder: Path, compiled_texts: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Kept()
    library = RuleLibrary(folder, store)
    monkeypatch.setattr(library, "_count", lambda _: library.close())
    with pytest.raises(StoppedError):
        library.load()
    monkeypatch.setattr(rule_library, "_KNOWN", {})
    del compiled_texts[:]
    assert len(RuleLibrary(folder, store).load().rules) == 3
    assert len(compiled_texts) == 2


def test_a_library_that_begins_can_be_waited_for_and_closed(folder: Path) -> None:
    library = RuleLibrary(folder)
    assert library.begin().result().rules == library.load().rules
    library.close()
    library.close()


def texts_of(count: int) -> dict[str, str]:
    return {str(number): own_rule(number) for number in range(count)}


def here(texts: Mapping[str, str]) -> dict[str, CompiledFile]:
    return {name: compile_file(text) for name, text in texts.items()}


def test_processes_compile_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # What lies in the current folder is no part of the program.
    for name in ("yaml.py", "sigma.py"):
        (tmp_path / name).write_text(f"open({str(tmp_path / 'ran')!r}, 'w')", "utf-8")
    monkeypatch.chdir(tmp_path)
    texts = texts_of(100)
    counted: list[int] = []
    made = Compiling(texts, counted.append, threading.Event()).run(2)
    assert made == here(texts)
    assert sum(counted) == 100 and max(counted) > 1  # not one by one: not here
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("program", ["", "no/such/program", "ends"])
def test_what_no_process_compiles_is_compiled_here(
    program: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if program == "ends":
        program = str(tmp_path / "ends")
        Path(program).write_text("#!/bin/sh\necho no answer\n", "utf-8")
        Path(program).chmod(0o700)
    monkeypatch.setattr(sys, "executable", program)
    texts = texts_of(50)
    assert Compiling(texts, lambda _: None, threading.Event()).run(2) == here(texts)


def test_a_few_rules_need_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    monkeypatch.setattr(sys, "executable", "")
    texts = texts_of(3)
    counted: list[int] = []
    made = compile_processes.compiled(texts, counted.append, threading.Event())
    assert made == here(texts) and counted == [1, 1, 1]
