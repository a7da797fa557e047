"""The demo file: made, shifted, replaced, left alone."""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

from soc_tui.demo import workspace
from soc_tui.demo.workspace import ensure_demo
from soc_tui.model.errors import WorkspaceError
from soc_tui.workspaces.local.workspace import LocalWorkspace

NOW = dt.datetime(2031, 3, 4, 5, 6, 7, tzinfo=dt.UTC)


@pytest.fixture
def copy(demo_database: Path, tmp_path: Path) -> Path:
    target = tmp_path / "demo.duckdb"
    shutil.copyfile(demo_database, target)
    return target


def span(path: Path) -> tuple[dt.datetime, dt.datetime]:
    with duckdb.connect(str(path), read_only=True) as con:
        row = con.execute(
            "SELECT min(TimeGenerated), max(TimeGenerated) FROM DeviceProcessEvents"
        ).fetchone()
    assert row is not None
    return row[0].replace(tzinfo=dt.UTC), row[1].replace(tzinfo=dt.UTC)


@contextmanager
def another_process(path: Path, *, read_only: bool) -> Iterator[None]:
    """Another process that has the file open."""
    script = (
        "import duckdb, sys\n"
        f"con = duckdb.connect({str(path)!r}, read_only={read_only})\n"
        "con.execute('SELECT count(*) FROM SigninLogs').fetchall()\n"
        "print('open', flush=True)\n"
        "sys.stdin.readline()\n"
        "assert con.execute('SELECT count(*) FROM SigninLogs').fetchone()[0] > 0\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        yield
        process.communicate("\n", timeout=20)
        assert process.returncode == 0
    finally:
        process.kill()
        process.wait()


async def test_a_week_later_the_last_day_has_rows_again(copy: Path) -> None:
    later = dt.datetime.now(dt.UTC) + dt.timedelta(days=7)
    local = LocalWorkspace(copy, now=lambda: later)
    query = "DeviceProcessEvents | where TimeGenerated > ago(1d)"
    assert (await local.query(query)).count == 0
    ensure_demo(copy, now=later)
    assert (await local.query(query)).count > 3000
    assert (await local.query(f"{query} | where TimeGenerated > now()")).count == 0


def test_a_shift_moves_every_time_by_the_same_step(copy: Path) -> None:
    def fingerprint() -> list[tuple[object, ...]]:
        with duckdb.connect(str(copy), read_only=True) as con:
            return con.execute(
                "SELECT FileName, ProcessCommandLine, TimeGenerated - ProcessCreationTime, "
                "TimeGenerated - InitiatingProcessCreationTime, TimeGenerated - max(TimeGenerated) "
                "OVER () FROM DeviceProcessEvents WHERE DeviceName = 'win-07' ORDER BY ALL"
            ).fetchall()

    before = fingerprint()
    ensure_demo(copy, now=NOW)
    assert fingerprint() == before
    assert dt.timedelta(0) <= NOW - span(copy)[1] < dt.timedelta(minutes=2)
    assert dt.timedelta(0) <= span(copy)[0] - (NOW - dt.timedelta(days=7)) < dt.timedelta(minutes=5)


def test_shifts_do_not_add_up(copy: Path) -> None:
    ensure_demo(copy, now=NOW)
    first, size = span(copy), copy.stat().st_size
    for days in (3, 400, -30, 0):
        ensure_demo(copy, now=NOW + dt.timedelta(days=days))
    assert span(copy) == first
    assert copy.stat().st_size < 1.5 * size


def test_a_fresh_week_is_left_as_it_is(copy: Path) -> None:
    ensure_demo(copy, now=NOW)
    before = copy.stat()
    ensure_demo(copy, now=NOW + dt.timedelta(seconds=50))
    assert (copy.stat().st_ino, copy.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_only_the_owner_may_read_the_file_and_nothing_is_left_beside_it(copy: Path) -> None:
    ensure_demo(copy, now=NOW)
    assert copy.stat().st_mode & 0o777 == 0o600
    assert list(copy.parent.iterdir()) == [copy]


def test_generated_file_is_private_and_tells_its_progress(tmp_path: Path) -> None:
    path = tmp_path / "new" / "demo.duckdb"
    told: list[tuple[str, float]] = []
    ensure_demo(path, seed=5, now=NOW, progress=lambda text, share: told.append((text, share)))
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(path.parent.iterdir()) == [path]
    shares = [share for _, share in told]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)
    assert all(text for text, _ in told)


def test_another_version_or_seed_is_made_anew(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []

    def generate(path: Path, seed: int, *_rest: object) -> None:
        made.append(seed)

    monkeypatch.setattr(workspace, "_generate", generate)
    ensure_demo(copy, now=NOW)
    assert made == []
    ensure_demo(copy, seed=8, now=NOW)
    monkeypatch.setattr(workspace, "VERSION", workspace.VERSION + 1)
    ensure_demo(copy, now=NOW)
    assert made == [8, 7]


def test_readers_in_other_processes_go_on(copy: Path) -> None:
    with another_process(copy, read_only=True):
        ensure_demo(copy, now=NOW)
        assert NOW - span(copy)[1] < dt.timedelta(minutes=2)


def test_a_file_that_is_being_written_to_is_left_alone(copy: Path) -> None:
    with another_process(copy, read_only=False):
        before = copy.stat().st_ino
        ensure_demo(copy, now=NOW)
        assert copy.stat().st_ino == before
    assert span(copy)[1] < NOW - dt.timedelta(days=1)


def test_what_a_killed_writer_left_behind_survives_the_shift(copy: Path) -> None:
    script = (
        "import duckdb, os\n"
        f"con = duckdb.connect({str(copy)!r})\n"
        "con.execute('CREATE TABLE Mine AS SELECT 42 AS a')\n"
        "os._exit(0)\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
    assert copy.with_name(f"{copy.name}.wal").exists()
    ensure_demo(copy, now=NOW)
    with duckdb.connect(str(copy), read_only=True) as con:
        assert con.execute("SELECT a FROM Mine").fetchone() == (42,)
    assert NOW - span(copy)[1] < dt.timedelta(minutes=2)


def test_tables_that_somebody_imported_keep_their_times(copy: Path) -> None:
    with duckdb.connect(str(copy)) as con:
        con.execute("CREATE TABLE Mine AS SELECT TIMESTAMP '2020-01-02 03:04:05' AS TimeGenerated")
    ensure_demo(copy, now=NOW)
    with duckdb.connect(str(copy), read_only=True) as con:
        assert con.execute("SELECT * FROM Mine").fetchone() == (dt.datetime(2020, 1, 2, 3, 4, 5),)


def test_a_file_that_is_no_database_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "demo.duckdb"
    path.write_text("my notes\n" * 1000)
    with pytest.raises(WorkspaceError) as caught:
        ensure_demo(path, now=NOW)
    assert str(path) in str(caught.value)
    assert caught.value.next_step
    assert path.read_text().startswith("my notes")


def test_a_database_that_is_no_demo_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "mine.duckdb"
    with duckdb.connect(str(path)) as con:
        con.execute("CREATE TABLE SigninLogs AS SELECT 1 AS a")
    with pytest.raises(WorkspaceError, match="no demo workspace"):
        ensure_demo(path, now=NOW)
    with duckdb.connect(str(path), read_only=True) as con:
        assert con.execute("SELECT a FROM SigninLogs").fetchone() == (1,)


def test_a_folder_that_cannot_be_made_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(WorkspaceError) as caught:
        ensure_demo(tmp_path / "file" / "demo.duckdb", now=NOW)
    assert caught.value.next_step


def test_a_failed_build_leaves_the_old_file(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = copy.read_bytes()
    from soc_tui.demo import content

    def broken(seed: int) -> Iterator[object]:
        raise RuntimeError("power cut")
        yield

    monkeypatch.setattr(content, "tables", broken)
    with pytest.raises(RuntimeError, match="power cut"):
        ensure_demo(copy, seed=9, now=NOW)
    assert copy.read_bytes() == before
    assert list(copy.parent.iterdir()) == [copy]
