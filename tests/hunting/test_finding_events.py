"""What a running hunt yields becomes its state, item by item."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from soc_tui.analysts import HuntItem, Merged, Notice, Progress, Waiting
from soc_tui.hunting.finding_events import Arrivals
from soc_tui.model.coverage import Unseen
from soc_tui.model.events import ChunkDone, Event, FindingsMerged, WaitStarted
from soc_tui.model.finding import Confidence, Evidence, Finding, Severity
from soc_tui.model.hunt import Hunt, Status

HUNT = Hunt("h", dt.datetime(2026, 11, 24, tzinfo=dt.UTC), "request", "demo", "memory")
FINDING = Finding("One", "It happened.", Confidence.HIGH, Severity.HIGH)


def events_of(*items: HuntItem) -> list[Event]:
    arrivals, hunt, events = Arrivals(), replace(HUNT, status=Status.HUNTING), []
    for item in items:
        events.append(arrivals.event(hunt, item))
        hunt = events[-1].hunt
    return events


def test_a_finding_that_grows_keeps_its_id_and_those_absorbed_are_gone() -> None:
    grown = replace(FINDING, evidence=(Evidence("r1"), Evidence("r9")))
    events = events_of(FINDING, replace(FINDING, title="Two"), FINDING, Merged(grown, 1, (2,)))
    merged = events[-1]
    assert isinstance(merged, FindingsMerged)
    assert merged.finding == replace(grown, id="f2")
    assert merged.absorbed == ("f3",)
    assert [finding.id for finding in merged.hunt.findings] == ["f1", "f2"]
    assert merged.hunt.findings[1] == merged.finding


def test_ids_are_not_given_twice() -> None:
    events = events_of(FINDING, FINDING, Merged(FINDING, 0, (1,)), FINDING)
    assert [finding.id for finding in events[-1].hunt.findings] == ["f1", "f3"]


def test_progress_is_told_and_what_is_unread_is_in_the_hunt() -> None:
    unseen = Unseen(10, 4, rows_cut=6)
    (event,) = events_of(Progress(1, 3, unseen))
    assert isinstance(event, ChunkDone)
    assert (event.done, event.total, event.hunt.unseen) == (1, 3, unseen)


def test_notices_stay_with_the_hunt_and_waits_do_not() -> None:
    noticed, waited = events_of(Notice("No tools here."), Waiting("Too fast.", 2.0))
    assert noticed.hunt.notes == waited.hunt.notes == ("No tools here.",)
    assert isinstance(waited, WaitStarted)
    assert waited.seconds == 2.0
