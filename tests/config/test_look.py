"""The file that keeps the layout."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from soc_tui.config.look import Look, read_look, write_look
from soc_tui.model.errors import ConfigError


def test_what_is_written_is_read_and_is_for_the_owner_only(tmp_path: Path) -> None:
    file = tmp_path / "state" / "look.json"
    assert read_look(file) == Look()
    look = Look(conversation=60, query=25, hidden=True, tab="history", theme="soc-light")
    write_look(look, file)
    assert read_look(file) == look
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "change",
    [
        {"conversation": 5},
        {"conversation": "48"},
        {"query": 100},
        {"query": True},
        {"tab": "../secrets"},
        {"hidden": 1},
        {"theme": None},
    ],
)
def test_a_value_that_cannot_be_is_a_damaged_file(
    tmp_path: Path, change: dict[str, object]
) -> None:
    file = tmp_path / "look.json"
    write_look(Look(), file)
    file.write_text(json.dumps(json.loads(file.read_text()) | change))
    with pytest.raises(ConfigError, match="saved layout"):
        read_look(file)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", "\x00\xff"])
def test_a_damaged_file_is_said(tmp_path: Path, text: str) -> None:
    file = tmp_path / "look.json"
    file.write_text(text)
    with pytest.raises(ConfigError) as damaged:
        read_look(file)
    assert str(file) in damaged.value.why
