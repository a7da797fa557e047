"""The rules are read as soon as the analyst that hunts with them is opened."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from soc_tui.analysts.offline.sigma import rule_library
from soc_tui.opening.open_hunter import open_hunter
from soc_tui.opening.open_rules import open_rules
from soc_tui.opening.workspace_kinds import load_settings
from tests.patience import until


async def test_opening_begins_to_read_the_rules_and_keeps_them(
    demo_database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOC_TUI_HOME", str(tmp_path))
    monkeypatch.setattr(rule_library, "_KNOWN", {})
    settings = load_settings(environ={"SOC_TUI_WORKSPACE": str(demo_database)})
    hunter = await open_hunter(settings)
    kept = tmp_path / "cache" / "rules.json"
    await asyncio.to_thread(until, kept.is_file, "compiled rules kept")
    await hunter.aclose()
    monkeypatch.setattr(rule_library, "_KNOWN", {})
    rules = await asyncio.to_thread(open_rules().load)
    assert rules.rules and rules.problems == ()


async def test_closing_does_not_wait_for_all_rules(
    demo_database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOC_TUI_HOME", str(tmp_path))
    monkeypatch.setattr(rule_library, "_KNOWN", {})
    before = set(threading.enumerate())
    settings = load_settings(environ={"SOC_TUI_WORKSPACE": str(demo_database)})
    hunter = await open_hunter(settings)
    await hunter.aclose()
    left = {one for one in set(threading.enumerate()) - before if one.daemon}
    assert not left
