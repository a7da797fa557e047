"""A start that cannot open anything says so, and the message stays."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import pytest

from soc_tui.model.errors import ConfigError
from soc_tui.opening.workspace_kinds import default_settings, load_settings
from soc_tui.tui.app import SocTui
from tests.pty_terminal import Terminal, app_command, app_environment
from tests.tui.hands import SMALL, Hands


async def _raises(*_: object, **__: object) -> Any:
    raise RuntimeError("ours")


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("", "/x/config.toml cannot be read. Why: Unclosed array. Next: Fix or remove the file."),
        ("models.toml", "models.toml is not valid TOML. Why: Expected"),
        ("catalog.toml", "catalog.toml is not valid TOML. Why: Expected"),
        ("ours", "Nothing was opened: internal error."),
    ],
)
async def test_it_opens_with_the_message_and_asking_says_that_nothing_is_open(
    home: Path, broken: str, said: str
) -> None:
    problem = None
    settings = load_settings(environ={})
    if not broken:
        problem = ConfigError(
            "/x/config.toml cannot be read.", "Unclosed array.", "Fix or remove the file."
        )
        settings = default_settings()
    elif broken.endswith(".toml"):
        (home / "config").mkdir(exist_ok=True)
        (home / "config" / broken).write_text("[[models]\nname=")
    opener = _raises if broken == "ours" else None
    app = SocTui(settings, open_hunter=opener, problem=problem, environ={})
    async with app.run_test(size=SMALL, notifications=True) as pilot:
        hands = Hands(pilot)
        await hands.until(lambda: "no workspace open" in hands.status, "the failure")
        assert said in hands.said
        await hands.press("f2")
        await hands.paste("failed sign-ins")
        await hands.press("enter")
        await hands.until(lambda: "No workspace is open" in hands.said, "the answer")
        assert said in hands.said
        assert not hands.strip.busy


def test_the_command_opens_the_app_on_settings_that_cannot_be_read(home: Path) -> None:
    pytest.importorskip("pty")
    (home / "config").mkdir(exist_ok=True)
    (home / "config" / "config.toml").write_text('theme = ["x"')
    terminal = Terminal(app_command(), app_environment(home), (80, 24))
    try:
        terminal.until("cannot be read.")
        terminal.until("no workspace open")
        terminal.press("f10")
        assert terminal.ended() == 0
    finally:
        with contextlib.suppress(OSError):
            terminal.close()
