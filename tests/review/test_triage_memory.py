"""What was decided about a finding comes with it when it is found again, and no further."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from soc_tui.history.store import History
from soc_tui.model.finding import Earlier, Evidence, Finding, Quotation, TriageState
from soc_tui.review.triage_memory import TriageMemory
from tests.history.hunts import example_finding, example_hunt

WHEN = dt.datetime(2026, 11, 24, 10, 0, tzinfo=dt.UTC)
BENIGN = Earlier("h1", WHEN, TriageState.BENIGN, "Backup job, asked Maria.")


def cited(*commands: str, row: int = 1, time: str = "2026-11-24T08:00:00Z") -> Finding:
    evidence = tuple(
        Evidence(
            f"r{row + place}",
            (Quotation("TimeGenerated", time), Quotation("ProcessCommandLine", command)),
        )
        for place, command in enumerate(commands)
    )
    return replace(example_finding(), evidence=evidence, iocs=())


@pytest.mark.parametrize(
    ("later", "state", "seen"),
    [
        (cited("a", "b"), TriageState.BENIGN, True),
        (cited("a", "b", row=70, time="2026-11-29T23:00:00Z"), TriageState.BENIGN, True),
        (cited("b", row=4), TriageState.BENIGN, True),
        (cited("a", "b", "rm -rf /"), TriageState.NEW, True),  # something new in it
        (cited("x", "y"), TriageState.NEW, False),
        (cited(), TriageState.NEW, False),
        (replace(cited("a", "b"), title="Another thing"), TriageState.NEW, False),
    ],
)
def test_the_same_finding_is_known(later: Finding, state: TriageState, *, seen: bool) -> None:
    memory = TriageMemory([(cited("a", "b"), BENIGN)])
    recalled = memory.recall(later)
    assert recalled.state is state
    assert recalled.earlier == (BENIGN if seen else None)


def test_the_newest_word_on_it_counts() -> None:
    again = Earlier("h2", WHEN + dt.timedelta(days=1), TriageState.TRUE_POSITIVE)
    memory = TriageMemory([(cited("a"), again), (cited("a"), BENIGN)])
    assert memory.recall(cited("a")).earlier == again


def test_the_history_tells_what_a_user_decided_in_other_hunts(tmp_path: Path) -> None:
    history = History(tmp_path / "history.sqlite3")
    one, two, three = (example_hunt(number, cited("a")) for number in (1, 2, 3))
    for hunt in (one, two, three):
        history.save(hunt)
    history.set_state(one.id, "f1", TriageState.FALSE_POSITIVE)
    history.set_notes(two.id, "f1", "Red team?")
    history.set_state(three.id, "f1", TriageState.BENIGN)
    told = history.triaged_before(three.id)
    assert [(earlier.hunt_id, earlier.state, earlier.notes) for _, earlier in told] == [
        (two.id, TriageState.NEW, "Red team?"),
        (one.id, TriageState.FALSE_POSITIVE, ""),
    ]
    assert told[0][1].when == two.created
    history.set_state(one.id, "f1", TriageState.NEW)
    assert [earlier.hunt_id for _, earlier in history.triaged_before("")] == [three.id, two.id]
    history.close()
