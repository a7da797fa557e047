"""The key of this installation: made once, whole, for the owner only."""

from __future__ import annotations

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from soc_tui.config.paths import config_dir
from soc_tui.config.signing_key import FILE_NAME, public_key, signing_key
from soc_tui.history.bundle_signature import public_text
from soc_tui.model.errors import ConfigError


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOC_TUI_HOME", str(tmp_path / "home"))


def test_it_is_made_by_the_first_who_signs_and_kept() -> None:
    assert public_key() == ""
    assert not config_dir().exists(), "to ask for it makes nothing"
    first = public_text(signing_key())
    assert public_text(signing_key()) == first == public_key()
    assert [path.name for path in config_dir().iterdir()] == [FILE_NAME]


@pytest.mark.skipif(os.name != "posix", reason="modes of POSIX")
def test_only_its_owner_may_read_it() -> None:
    signing_key()
    path = config_dir() / FILE_NAME
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    path.chmod(0o644)
    with pytest.raises(ConfigError, match="read by others"):
        signing_key()


def test_those_who_make_it_at_once_get_the_same_one() -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = {public_text(key) for key in pool.map(lambda _: signing_key(), range(16))}
    assert keys == {public_key()}


@pytest.mark.parametrize("data", [b"", b"nonsense", b"-----BEGIN PRIVATE KEY-----\n"])
def test_what_is_no_key_is_told(data: bytes) -> None:
    signing_key()
    (config_dir() / FILE_NAME).write_bytes(data)
    with pytest.raises(ConfigError, match="not an Ed25519 key"):
        signing_key()
