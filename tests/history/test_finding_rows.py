"""Findings that arrive one by one, grow and go: what is written of them, and what is read again."""

from __future__ import annotations

import contextlib
import json
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from soc_tui.history.codec import encode
from soc_tui.history.schema import MIGRATIONS
from soc_tui.history.store import History
from soc_tui.model.errors import HistoryError
from soc_tui.model.finding import TriageState
from soc_tui.model.hunt import Hunt, Status
from tests.history.hunts import example_finding, example_hunt, search


@pytest.fixture
def history(tmp_path: Path) -> Iterator[History]:
    store = History(tmp_path / "data" / "history.sqlite3")
    yield store
    store.close()


def arriving(count: int) -> Iterator[Hunt]:
    """A hunt as it is after each of its findings."""
    hunt = replace(example_hunt(), status=Status.HUNTING)
    for number in range(1, count + 1):
        finding = example_finding(f"Finding {number}", number)
        hunt = replace(hunt, findings=(*hunt.findings, finding), elapsed_seconds=float(number))
        yield hunt


@contextlib.contextmanager
def written(history: History) -> Iterator[list[str]]:
    """What changes rows of findings and their words meanwhile, by its first words."""
    told: list[str] = []
    seen: set[str] = set()

    def trace(sql: str) -> None:
        # A statement is traced once more for each trigger that it fires.
        ours = re.match(r"(INSERT INTO|UPDATE|DELETE FROM) (findings|finding_words)\b", sql)
        if ours and sql not in seen:
            told.append(ours[0])
        seen.add(sql)

    with history._file.opened() as con:
        con.set_trace_callback(trace)
    yield told
    with history._file.opened() as con:
        con.set_trace_callback(None)


def test_one_arrival_writes_one_finding(history: History) -> None:
    first, *others = arriving(40)
    history.save(first)
    with history._file.opened() as con:
        before = con.total_changes
    with written(history) as told:
        for hunt in others:
            history.save(hunt)
    assert told == ["INSERT INTO findings", "INSERT INTO finding_words"] * len(others)
    with history._file.opened() as con:  # the index of words keeps rows of its own
        assert con.total_changes - before < 14 * len(others)
    assert history.load(hunt.id) == hunt


def test_an_arrival_takes_sqlite_no_longer_when_many_are_there(history: History) -> None:
    took: list[int] = []
    steps = 0

    def step() -> None:
        nonlocal steps
        steps += 1

    for hunt in arriving(400):
        steps = 0
        with history._file.opened() as con:
            con.set_progress_handler(step, 1)
        history.save(hunt)
        took.append(steps)
    assert sum(took[-40:]) < 1.2 * sum(took[10:50])


def test_a_finding_that_grows_is_one_row_changed_and_those_it_takes_in_are_gone(
    history: History,
) -> None:
    *_, hunt = arriving(6)
    history.save(hunt)
    one, two, three, *rest = hunt.findings
    grown = replace(two, description="It ran beacons twice.")
    with written(history) as told:
        history.save(grew := replace(hunt, findings=(one, grown, three, *rest)))
    assert told == ["UPDATE findings", "UPDATE finding_words"]
    assert [found.id for found in search(history, "beacons")] == [hunt.id]
    with written(history) as told:
        history.save(joined := replace(grew, findings=(one, grown, *rest[1:])))
    assert told == ["DELETE FROM findings"] * 2
    assert history.load(hunt.id) == joined


def test_what_changed_beside_the_findings_leaves_them_alone(history: History) -> None:
    *_, hunt = arriving(3)
    history.save(hunt)
    with written(history) as told:
        history.set_state(hunt.id, "f2", TriageState.BENIGN)
        history.save(replace(hunt, notes=("a wait",)))
    assert told == ["UPDATE findings"]  # the state
    assert history.load(hunt.id).findings[1].state is TriageState.BENIGN


STATES_OF_FINDINGS = st.lists(
    st.lists(
        st.tuples(st.sampled_from("abcd"), st.sampled_from("xy")), unique_by=lambda one: one[0]
    ),
    max_size=6,
)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STATES_OF_FINDINGS, st.integers(0, 5))
def test_whatever_the_findings_become_is_what_is_loaded(
    history: History, states: list[list[tuple[str, str]]], other: int
) -> None:
    hunt = replace(example_hunt(), status=Status.HUNTING)
    for number, state in enumerate(states):
        findings = tuple(replace(example_finding(title), id=name) for name, title in state)
        hunt = replace(hunt, findings=findings)
        history.save(hunt)
        if number == other:  # somebody else writes the same hunt meanwhile
            second = History(history.path)
            second.save(example_hunt(1, example_finding("theirs", 9)))
            second.close()
            continue
        assert history.load(hunt.id).findings == findings
        with history._file.opened() as con:
            words = con.execute("SELECT words FROM finding_words").fetchall()
        assert len(words) == len(findings)


def test_a_finding_whose_save_failed_is_written_with_the_next(history: History) -> None:
    first, second, third = arriving(3)
    history.save(first)
    with history._file.opened() as con:
        con.execute(
            "CREATE TRIGGER full BEFORE INSERT ON findings BEGIN SELECT raise(ABORT, 'full'); END"
        )
    with pytest.raises(HistoryError):
        history.save(second)
    with history._file.opened() as con:
        con.execute("DROP TRIGGER full")
    history.save(third)
    assert history.load(third.id) == third


def test_a_hunt_deleted_meanwhile_is_recorded_whole_again(history: History) -> None:
    *_, before, after = arriving(4)
    history.save(before)
    other = History(history.path)
    other.delete(before.id)
    other.close()
    history.save(after)
    assert history.load(after.id) == after


def test_a_file_with_findings_of_an_older_version_is_read_searched_and_forgotten(
    history: History,
) -> None:
    hunts = [example_hunt(n, *(example_finding(f"Odd {i}", i) for i in (1, 2, 3))) for n in (1, 2)]
    history.path.parent.mkdir()
    with sqlite3.connect(history.path) as con:
        for statements in MIGRATIONS[:6]:
            for statement in statements:
                con.execute(statement)
        con.execute("PRAGMA user_version = 6")
        for number, hunt in enumerate(hunts, 1):
            con.execute(
                "INSERT INTO hunts (number, id, created, request, workspace, analyst, status, kql, "
                "row_count, finding_count, elapsed_seconds, problem, body) "
                "VALUES (?, ?, ?, ?, 'demo', 'offline', 'found', ?, 10, 3, 0, '', ?)",
                (
                    number,
                    hunt.id,
                    hunt.created.isoformat(),
                    hunt.request,
                    hunt.kql,
                    json.dumps(encode(replace(hunt, findings=()))),
                ),
            )
            for position in (2, 0, 1):
                finding = hunt.findings[position]
                con.execute(
                    "INSERT INTO findings VALUES "
                    "(?, ?, ?, ?, 'high', 'high', 'T1059', 1, 'new', ?)",
                    (hunt.id, position, finding.id, finding.title, json.dumps(encode(finding))),
                )
            con.execute("INSERT INTO triage VALUES (?, 'f2', 'Odd 2', 'benign', NULL)", (hunt.id,))
            con.execute(
                "INSERT INTO hunt_words (rowid, request, kql, findings) VALUES (?, ?, ?, 'beacon')",
                (number, hunt.request, hunt.kql),
            )
    con.close()
    benign = replace(hunts[0].findings[1], state=TriageState.BENIGN)
    triaged = replace(hunts[0], findings=(hunts[0].findings[0], benign, hunts[0].findings[2]))
    assert history.load(hunts[0].id) == triaged
    assert len(search(history, "beacon powershell")) == 2
    history.delete(hunts[0].id)
    assert [hunt.id for hunt in search(history, "beacon")] == [hunts[1].id]
    history.save(hunts[1])
    assert search(history, "beacon") == ()
    assert [hunt.id for hunt in search(history, "odd encoded")] == [hunts[1].id]
    history.delete(hunts[1].id)
    with history._file.opened() as con:
        assert con.execute("SELECT * FROM finding_words").fetchall() == []


_ARRIVING = """
import sys
from pathlib import Path
from soc_tui.history.store import History
from tests.history.test_finding_rows import arriving
history = History(Path(sys.argv[1]))
for hunt in arriving(10_000):
    history.save(hunt)
    print(hunt.findings[-1].id, flush=True)
"""


@pytest.mark.parametrize("shown", [1, 2, 30])
def test_a_program_killed_at_any_moment_loses_no_finding_that_was_shown(
    tmp_path: Path, shown: int
) -> None:
    path = tmp_path / "history.sqlite3"
    command = [sys.executable, "-c", _ARRIVING, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        told = [other.stdout.readline().strip() for _ in range(shown)]
        other.kill()
        told += other.stdout.read().split()
    history = History(path)
    loaded = [finding.id for finding in history.load(example_hunt().id).findings]
    history.close()
    assert loaded[: len(told)] == told
    assert len(loaded) <= len(told) + 1
