"""Files whose bytes changed by themselves, files that cannot be written."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from soc_tui.history.filters import HistoryFilter
from soc_tui.history.store import History
from soc_tui.model.errors import HistoryError
from soc_tui.model.finding import TriageState
from soc_tui.model.hunt import Hunt
from tests.history.hunts import example_finding, example_hunt

HUNTS = 24


def filled(path: Path) -> dict[str, Hunt]:
    """A history that is closed, and what was written into it."""
    history = History(path)
    hunts = {}
    for number in range(HUNTS):
        finding = replace(example_finding(f"Finding {number}", number), description="x" * 300)
        hunt = example_hunt(number, finding, request=f"look for number {number}")
        history.save(hunt)
        if number % 3 == 0:
            history.set_state(hunt.id, finding.id, TriageState.BENIGN)
        hunts[hunt.id] = history.load(hunt.id)
    history.close()
    return hunts


def read(path: Path) -> tuple[dict[str, Hunt], list[str]]:
    """All that can be read, and what is told."""
    history = History(path)
    told, found = [], {}
    try:
        listing = history.listing(HistoryFilter())
        if listing.damaged:
            told.append(f"{listing.damaged} damaged")
        for listed in listing.hunts:
            try:
                found[listed.id] = history.load(listed.id)
            except HistoryError as error:
                told.append(str(error))
    except HistoryError as error:
        told.append(str(error))
    if history.told:
        told.append(history.told)
    history.close()
    return found, told


def is_as_written(written: dict[str, Hunt], hunt: Hunt) -> bool:
    """Whether it is the same, or says what of it was lost."""
    return written[hunt.id] == hunt or "lost" in hunt.problem or "damaged" in hunt.problem


def test_flipped_bytes_are_told_and_never_read_as_something_else(tmp_path: Path) -> None:
    whole = tmp_path / "whole.sqlite3"
    written = filled(whole)
    data = whole.read_bytes()
    randomly = random.Random(14)
    silent = 0
    for number in range(60):
        place = randomly.randrange(len(data))
        changed = bytearray(data)
        changed[place] ^= 1 << randomly.randrange(8)
        path = tmp_path / f"{number}" / "history.sqlite3"
        path.parent.mkdir()
        path.write_bytes(changed)
        found, told = read(path)
        assert all(is_as_written(written, hunt) for hunt in found.values()), place
        if len(found) < len(written):
            assert told, place
        silent += not told
        shutil.rmtree(path.parent)
    assert silent < 60  # some bytes hold nothing


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_what_can_be_read_of_a_damaged_file_is_carried_over(tmp_path: Path, share: float) -> None:
    path = tmp_path / "history.sqlite3"
    written = filled(path)
    data = bytearray(path.read_bytes())
    page = int(len(data) * share) // 4096 * 4096
    data[page : page + 4096] = os.urandom(4096)
    path.write_bytes(data)
    found, told = read(path)
    assert told
    if "is kept as" in told[-1]:
        (aside,) = tmp_path.glob("*.damaged-*")
        assert aside.read_bytes() == data
        assert "could be carried over" in told[-1]
        assert all(is_as_written(written, hunt) for hunt in found.values())
        assert read(path) == (found, [])  # once more: the new file is well
    history = History(path)
    history.save(example_hunt(58, request="goes on"))
    assert [hunt.request for hunt in history.find(HistoryFilter(words=("goes",)))] == ["goes on"]
    history.close()


def test_a_file_that_is_set_aside_meanwhile_is_written_no_more(tmp_path: Path) -> None:
    history = History(tmp_path / "history.sqlite3")
    history.save(example_hunt(1))
    os.rename(history.path, tmp_path / "away")  # noqa: PTH104
    history.save(example_hunt(2))
    assert [hunt.id for hunt in history.summaries()] == [example_hunt(2).id]
    history.close()


_AS_NOBODY = """
import os, sys
from pathlib import Path
from tests.history.hunts import example_hunt
from soc_tui.history.filters import HistoryFilter
from soc_tui.history.store import History
from soc_tui.model.errors import HistoryError
if os.getuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
history = History(Path(sys.argv[1]))
print(len(history.listing(HistoryFilter()).hunts), history.told)
try:
    history.save(example_hunt(50))
except HistoryError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="rights are others there")
@pytest.mark.parametrize("open_elsewhere", [False, True])
def test_a_read_only_home_opens_read_only(tmp_path: Path, open_elsewhere: bool) -> None:
    path = tmp_path / "home" / "history.sqlite3"
    filled(path)
    writer = History(path)
    if open_elsewhere:  # its newest records are beside the file
        writer.save(example_hunt(57))
    for folder in path.parents[: len(path.parents) - 2]:  # pytest's, which others cannot read
        folder.chmod(0o755)
    for file in path.parent.iterdir():
        if file.is_file():
            file.chmod(0o644)
    path.parent.chmod(0o555)
    try:
        ran = subprocess.run(
            [sys.executable, "-c", _AS_NOBODY, str(path)],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        )
    finally:
        path.parent.chmod(0o755)
        writer.close()
    first, second = ran.stdout.splitlines()[:2]
    told = "The history can be read, and nothing is recorded: it is read-only."
    assert first == f"{HUNTS + open_elsewhere} {told}"
    assert "cannot be opened or written" in second
