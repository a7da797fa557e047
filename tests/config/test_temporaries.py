"""What killed processes leave behind is deleted; what living ones have is not."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from soc_tui.config.files import write_private
from soc_tui.config.temporaries import owned_file, owned_folder, sweep_files, sweep_folders
from soc_tui.opening import leftovers

_HOLDS = """
import sys
from pathlib import Path
from soc_tui.config.temporaries import owned_file, owned_folder
home = Path(sys.argv[1])
handle, name = owned_file(home / "hunt.zip")
name.write_bytes(b"rows")
with owned_folder(".soc-tui-import-", home) as folder:
    (folder / "new.duckdb").write_bytes(b"rows")
    print(f"{name.name} {folder.name}", flush=True)
    sys.stdin.read()
"""


@contextmanager
def holding(home: Path) -> Iterator[tuple[subprocess.Popen[str], set[str]]]:
    """A process with a temporary file and folder, and their names."""
    with subprocess.Popen(
        [sys.executable, "-c", _HOLDS, str(home)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            yield process, set(process.stdout.readline().split())
        finally:
            process.kill()


def swept(home: Path) -> int:
    return sweep_files(home) + sweep_folders(home, [".soc-tui-import-"])


def names(home: Path) -> set[str]:
    return {path.name for path in home.iterdir()}


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps open files by itself")
def test_a_dead_process_is_swept_and_a_living_one_is_not(tmp_path: Path) -> None:
    for kept in ("hunt.zip", ".profile", ".config.toml.bak", "a.b.abcdefgh"):
        (tmp_path / kept).write_bytes(b"mine")
    before = names(tmp_path)
    with holding(tmp_path) as (living, its), holding(tmp_path) as (dead, others):
        dead.kill()
        dead.wait()
        assert swept(tmp_path) == 2
        assert names(tmp_path) == before | its
        assert not others & names(tmp_path)
        living.kill()
        living.wait()
        assert swept(tmp_path) == 2
    assert names(tmp_path) == before


def test_a_killed_write_leaves_nothing_behind_the_next(tmp_path: Path) -> None:
    (tmp_path / ".report.csv.abcd1234").write_bytes(b"rows")
    (tmp_path / ".other.csv.abcd1234").write_bytes(b"rows")  # of whoever writes that one
    write_private(tmp_path / "report.csv", b"done")
    assert names(tmp_path) == {"report.csv", ".other.csv.abcd1234"}
    assert stat.S_IMODE((tmp_path / "report.csv").stat().st_mode) == 0o600


def test_what_was_never_locked_is_given_a_day(tmp_path: Path) -> None:
    old, fresh = tmp_path / ".soc-tui-import-old", tmp_path / ".soc-tui-import-new"
    for folder in (old, fresh):
        folder.mkdir()
        (folder / "new.duckdb").write_bytes(b"rows")
    os.utime(old, (0, 0))
    (tmp_path / ".soc-tui-import-link").symlink_to(fresh)
    assert swept(tmp_path) == 1
    assert names(tmp_path) == {fresh.name, ".soc-tui-import-link"}


def test_nothing_is_swept_where_nothing_can_be_read(tmp_path: Path) -> None:
    assert swept(tmp_path / "nowhere") == 0


def test_all_folders_of_the_program_are_swept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOC_TUI_HOME", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "passing"))
    left = [
        tmp_path / "data" / "bundles" / ".20261201T101010-12345678.zip.abcdefgh",
        tmp_path / "state" / ".look.json.abcdefgh",
        tmp_path / "config" / ".secrets.toml.abcdefgh",
    ]
    for path in left:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"rows")
    (tmp_path / "passing").mkdir()
    with owned_folder("soc-tui-peek-", tmp_path / "passing") as folder:
        handle, name = owned_file(tmp_path / "data" / "bundles" / "x.zip")
        assert leftovers.sweep_leftovers() == len(left)
        assert folder.exists()
        assert name.exists()
        os.close(handle)
        assert leftovers.sweep_leftovers() == 1
    assert not any(path.exists() for path in left)
