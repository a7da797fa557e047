"""Cases in the history file."""

from __future__ import annotations

import contextlib
import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from soc_tui.history.store import History
from soc_tui.model.case import Case, CaseState, Lead, LeadKind, Step, StepState
from soc_tui.model.errors import HistoryError
from tests.history.hunts import example_finding, example_hunt

NOW = dt.datetime(2026, 11, 24, 10, 0, tzinfo=dt.UTC)
DONE = Step("s1", "q", "w", "T", state=StepState.DONE, rows=3, started=NOW)
RUNNING = Step("s2", "q2", "w", "U", state=StepState.RUNNING, started=NOW, hunt_id="h2")
CASE = Case(
    "case-1",
    NOW,
    "odd",
    Lead(LeadKind.REQUEST, "odd"),
    "w",
    "a",
    state=CaseState.RUNNING,
    steps=(DONE, RUNNING),
)


def test_a_case_is_kept_step_by_step_and_offered_again_after_a_kill(tmp_path: Path) -> None:
    history = History(tmp_path / "h.sqlite3")
    history.cases.save(CASE)
    assert history.cases.load("case-1") == CASE  # this run of the program is still at it
    reordered = replace(CASE, steps=(RUNNING, replace(DONE, rows=4)))
    history.cases.save(reordered)
    history.close()  # as far as others see, the program is gone
    with contextlib.closing(History(tmp_path / "h.sqlite3")) as again:
        (found,) = again.cases.unfinished()
        assert found.state is CaseState.INTERRUPTED
        assert [step.state for step in found.steps] == [StepState.APPROVED, StepState.DONE]
        assert found.step("s1").rows == 4
        assert found.step("s2").hunt_id == "h2"
        assert again.cases.ids("case-") == ("case-1",)
        again.cases.delete("case-1")
        with pytest.raises(HistoryError, match="no such case"):
            again.cases.load("case-1")


def test_cases_are_carried_over_from_a_damaged_file(tmp_path: Path) -> None:
    path = tmp_path / "h.sqlite3"
    history = History(path)
    history.cases.save(replace(CASE, state=CaseState.DONE))
    for number in range(24):
        history.save(example_hunt(number, replace(example_finding("F", 1), description="x" * 900)))
    history.close()
    data = bytearray(path.read_bytes())
    page = data.rindex(b"x" * 900) // 4096 * 4096
    data[page : page + 4096] = bytes(4096)
    path.write_bytes(data)
    with contextlib.closing(History(path)) as again:
        assert again.cases.load("case-1").steps[0] == DONE
        assert "is kept as" in again.told
