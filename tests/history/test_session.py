"""Hunts whose program ended in the middle of them, and those that another is at."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from soc_tui.history import digests
from soc_tui.history.filters import HistoryFilter
from soc_tui.history.session import Session
from soc_tui.history.store import History
from soc_tui.model.coverage import Unseen
from soc_tui.model.hunt import Status
from tests.history.hunts import example_finding, example_hunt

RUNNING = replace(
    example_hunt(1, example_finding()),
    status=Status.HUNTING,
    unseen=Unseen(10, 10),
)

_AT_IT = """
import sys
from dataclasses import replace
from pathlib import Path
from soc_tui.history.store import History
from tests.history.test_session import RUNNING
history = History(Path(sys.argv[1]))
history.save(RUNNING)
print("saved", flush=True)
sys.stdin.read()
"""


def listed(history: History) -> list[Status]:
    return [hunt.status for hunt in history.listing(HistoryFilter()).hunts]


def test_a_hunt_is_interrupted_when_its_program_is_gone_and_no_sooner(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite3"
    command = [sys.executable, "-c", _AT_IT, str(path)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "saved\n"
        history = History(path)
        assert listed(history) == [Status.HUNTING]
        assert history.load(RUNNING.id) == RUNNING
        other.kill()
    assert listed(history) == [Status.INTERRUPTED]
    told = history.load(RUNNING.id)
    assert (told.status, told.findings) == (Status.INTERRUPTED, RUNNING.findings)
    assert told.problem == "soc-tui ended before the hunt did."
    assert told.unseen is not None
    assert told.unseen.broke_off == "interrupted"
    history.close()


@pytest.mark.parametrize("status", [status for status in Status if status.running])
def test_two_sessions_of_one_history_leave_each_others_hunts_alone(
    tmp_path: Path, status: Status
) -> None:
    one, other = History(tmp_path / "h.sqlite3"), History(tmp_path / "h.sqlite3")
    mine, others = replace(RUNNING, status=status), replace(RUNNING, id="b", status=status)
    one.save(mine)
    other.save(others)
    assert listed(one) == listed(other) == [status, status]
    other.close()
    assert one.load("b").status is Status.INTERRUPTED
    assert one.load(mine.id) == mine
    one.save(replace(mine, status=Status.FOUND))
    one.close()
    assert one.load(mine.id).status is Status.FOUND


def test_a_hunt_that_rests_between_steps_is_not_interrupted(tmp_path: Path) -> None:
    history = History(tmp_path / "h.sqlite3")
    history.save(replace(RUNNING, status=Status.QUOTED))
    history.close()
    assert listed(history) == [Status.QUOTED]
    history.close()


@pytest.mark.parametrize("status", [Status.PLANNED, Status.QUERIED, Status.QUOTED])
def test_between_the_steps_of_a_command_a_hunt_is_interrupted_too(
    tmp_path: Path, status: Status
) -> None:
    hunt = replace(RUNNING, status=status)
    command, app, later = (History(tmp_path / "h.sqlite3") for _ in range(3))
    command.unattended = True
    command.save(hunt)
    app.save(replace(hunt, id="in-the-app"))
    assert {one.status for one in later.summaries()} == {status}
    command.close()  # its lock goes as with a kill
    assert later.load(hunt.id).status is Status.INTERRUPTED
    assert later.load("in-the-app").status is status
    for one in (app, later):
        one.close()


def test_what_an_older_version_left_running_is_interrupted_and_a_damaged_one_stays(
    tmp_path: Path,
) -> None:
    history = History(tmp_path / "h.sqlite3")
    for hunt in (RUNNING, replace(RUNNING, id="damaged")):
        history.save(hunt)
    history.close()
    with sqlite3.connect(history.path) as con:
        digests.teach(con)
        con.execute("UPDATE hunts SET session = ''")
        con.execute("UPDATE hunts SET body = '{' WHERE id = 'damaged'")
    con.close()
    assert history.load(RUNNING.id).status is Status.INTERRUPTED
    history.close()


def test_a_session_sweeps_up_after_those_that_are_over(tmp_path: Path) -> None:
    gone, living, fresh = (Session(tmp_path) for _ in range(3))
    (tmp_path / ("0" * 16)).touch()
    ids = {living.begin(), gone.begin()}
    assert all(fresh.lives(each) for each in ids)
    assert not fresh.lives("")
    assert not fresh.lives("../../history")
    gone.close()
    fresh.begin()
    assert {path.name for path in tmp_path.iterdir()} == {living.begin(), fresh.begin()}
    for session in (living, fresh):
        session.close()
    assert not [*tmp_path.iterdir()]
