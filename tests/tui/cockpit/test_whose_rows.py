"""Rows and findings say whose they are when they are not the editor's: the table of all ways."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from soc_tui.model import events
from soc_tui.model.errors import SocError
from soc_tui.model.hunt import Hunt, Status
from soc_tui.model.quote import Quote
from soc_tui.model.rows import Rows
from soc_tui.tui.cockpit.state import CockpitState
from soc_tui.tui.cockpit.whose_rows import Scene, older, same_text
from tests.history.hunts import example_finding, example_hunt

KQL, NEW = "DeviceProcessEvents\n| take 10", "SigninLogs\n| take 5"
FIRST = replace(example_hunt(1), kql=KQL, status=Status.QUERIED, request="odd powershell")
EDIT = replace(example_hunt(2), kql=NEW, row_count=None, request="odd powershell")
OTHER = replace(EDIT, request="sign-ins of mallory", id="other")
NO_QUERY = replace(OTHER, kql="", id="asked")
CHANGED = "of the query before the change"
ASKED = "of “odd powershell”"


def scene(**changed: Any) -> Scene:
    return replace(Scene(FIRST, FIRST, None, KQL, "demo"), **changed)


def after(hunt: Hunt, status: Status, kql: str = NEW) -> Scene:
    return scene(hunt=replace(hunt, status=status), kql=kql)


@pytest.mark.parametrize(
    ("seen", "whose", "why"),
    [
        # the editor's own
        (scene(), "", ""),
        (scene(kql=KQL.replace("\n", "\r\n")), "", ""),
        (scene(kql=f"{KQL}\n"), "", ""),
        (scene(shown=None, hunt=EDIT, kql=NEW), "", ""),
        (scene(shown=replace(FIRST, status=Status.NO_ROWS, row_count=0)), "", ""),
        # edited after the run, by hand, from a file, by a repair, by an answer to a question
        (scene(kql=f"{KQL}0"), CHANGED, "F5 runs the new text."),
        (scene(kql=KQL.replace("take", " take")), CHANGED, "F5 runs the new text."),
        (scene(hunt=None, kql=NEW), CHANGED, "F5 runs the new text."),
        (scene(kql=" \n"), ASKED, "The editor is empty."),
        # the edited text run
        (after(EDIT, Status.QUERYING), CHANGED, "The new query is running."),
        (after(EDIT, Status.REFUSED), CHANGED, "The new query was refused."),
        (after(EDIT, Status.FAILED), CHANGED, "The new query failed."),
        (after(EDIT, Status.CANCELLED), CHANGED, "The new query was cancelled."),
        (after(EDIT, Status.REFUSED, f"{NEW}0"), CHANGED, "F5 runs the new text."),
        # the same text run again
        (after(replace(EDIT, kql=KQL), Status.QUERYING, KQL), "of an earlier run", "is running"),
        (after(replace(EDIT, kql=KQL), Status.FAILED, KQL), "of an earlier run", "query failed."),
        # a new request
        (after(OTHER, Status.PLANNED), ASKED, "F5 runs the new query."),
        (after(OTHER, Status.PLANNED, f"{NEW}0"), ASKED, "F5 runs the new text."),
        (after(OTHER, Status.QUERYING), ASKED, "The new query is running."),
        (after(OTHER, Status.REFUSED), ASKED, "The new query was refused."),
        (after(OTHER, Status.FAILED), ASKED, "The new query failed."),
        (after(OTHER, Status.CANCELLED), ASKED, "The new query was cancelled."),
        # the same words asked again, and planned as the same text: it has not run
        (after(replace(EDIT, kql=KQL), Status.PLANNED, KQL), "of an earlier run", "F5 runs"),
        # a new request that has no query
        (scene(asked=replace(NO_QUERY, status=Status.PLANNING)), ASKED, "Planning the new"),
        (scene(asked=replace(NO_QUERY, status=Status.REFUSED)), ASKED, "request was refused."),
        (scene(asked=replace(NO_QUERY, status=Status.FAILED)), ASKED, "The new request failed."),
        (scene(asked=replace(NO_QUERY, status=Status.CANCELLED)), ASKED, "request was cancelled."),
        (scene(asked=replace(NO_QUERY, status=Status.ANSWERED)), "", ""),
        (scene(asked=replace(NO_QUERY, status=Status.ASKED)), "", ""),
        # rows of nobody's request
        (
            scene(
                shown=replace(FIRST, request=""),
                hunt=replace(OTHER, status=Status.PLANNED),
                kql=NEW,
            ),
            "of a manual query",
            "F5 runs the new query.",
        ),
    ],
)
def test_each_way_says_whose_the_rows_are_and_why(seen: Scene, whose: str, why: str) -> None:
    for what in ("rows", "findings"):
        told = older(seen, what)
        assert bool(told) is bool(whose)
        assert told.startswith(f"OLDER {what.upper()} " if whose else "")
        assert whose in told
        assert why in told


def test_rows_of_another_workspace_say_so() -> None:
    told = older(scene(workspace="law-prod"), "rows")
    assert told == "ROWS FROM demo. F5 runs the query on law-prod."
    assert older(scene(workspace=""), "rows") == ""


def test_keys_are_named_as_they_are_and_a_request_names_none() -> None:
    asked = replace(FIRST, request="F5 {findings.merge}")
    seen = replace(after(OTHER, Status.PLANNED), shown=asked)
    told = older(seen, "rows", lambda text: text.replace("F5", "Ctrl+R"))
    assert told == "OLDER ROWS of “F5 {findings.merge}”. Ctrl+R runs the new query."


_HUNTS = st.builds(
    lambda status, request, kql, number: replace(
        FIRST, status=status, request=request, kql=kql, id=str(number)
    ),
    st.sampled_from(Status),
    st.sampled_from(["", "odd powershell", "x" * 300, "a\nb\x1b[31m"]),
    st.sampled_from([KQL, NEW, f"{KQL}0"]),
    st.integers(1, 2),
)


@given(
    _HUNTS,
    st.none() | _HUNTS,
    st.none() | _HUNTS,
    st.sampled_from(["", KQL, NEW, f"{NEW}0"]),
    st.sampled_from(["", "demo", "w" * 90]),
)
def test_rows_of_another_text_are_never_unmarked_and_the_line_fits(
    shown: Hunt, hunt: Hunt | None, asked: Hunt | None, kql: str, workspace: str
) -> None:
    for what in ("rows", "findings"):
        told = older(Scene(shown, hunt, asked, kql, workspace), what)
        assert told or same_text(shown.kql, kql)
        assert len(told) <= 78
        assert told.isprintable()


# -- which hunt is shown, which one the editor goes on with ------------------------------------


class Table:
    num_rows = 3


ROWS = Rows(Table(), ())
RAN = replace(FIRST, rows=ROWS, row_count=3)
AGAIN = replace(RAN, id="again", repeats=RAN.id, status=Status.QUOTED)


def state() -> CockpitState:
    return CockpitState(hunt=RAN, shown=RAN)


def test_a_new_query_leaves_the_rows_to_the_hunt_that_gave_them() -> None:
    open_now = state()
    planned = replace(OTHER, status=Status.PLANNED)
    for status in (Status.PLANNED, Status.QUERYING, Status.REFUSED):
        open_now.take(events.Event(replace(planned, status=status)))
        assert open_now.hunt and open_now.hunt.status is status
        assert open_now.shown is RAN
    arrived = replace(planned, rows=ROWS, row_count=3, status=Status.QUERIED)
    open_now.take(events.RowsArrived(arrived))
    assert open_now.hunt is open_now.shown is arrived


def test_a_hunt_through_older_rows_leaves_the_new_query_in_the_editor() -> None:
    open_now = state()
    planned = replace(OTHER, status=Status.PLANNED)
    open_now.take(events.Event(planned))
    quoted = replace(RAN, status=Status.QUOTED)
    open_now.take(events.Event(quoted))
    open_now.take(events.HuntStarted(replace(quoted, status=Status.HUNTING)))
    found = replace(quoted, status=Status.FOUND, findings=(example_finding(),))
    open_now.take(events.HuntEnded(found))
    assert open_now.hunt is planned
    assert open_now.shown is found
    assert "OLDER FINDINGS" in older(open_now.scene(planned.kql), "findings")


def test_a_second_run_takes_the_place_of_the_first_when_it_begins() -> None:
    open_now = state()
    quote = Quote("m", 1, 1, None, unseen=None)  # type: ignore[arg-type]
    open_now.take(events.Quoted(AGAIN, quote))
    open_now.take(events.StepFailed(replace(AGAIN, status=Status.FAILED), SocError("No.")))
    assert open_now.hunt is open_now.shown is RAN
    started = replace(AGAIN, status=Status.HUNTING)
    open_now.take(events.HuntStarted(started))
    assert open_now.hunt is open_now.shown is started


def test_a_request_without_a_query_is_followed_up_only_when_it_was_answered() -> None:
    open_now = state()
    for status in Status:
        open_now.take(events.Event(replace(NO_QUERY, status=status)))
        assert open_now.asked is not None
        assert bool(open_now.aside) is (status in {Status.ANSWERED, Status.ASKED})
        assert open_now.hunt is open_now.shown is RAN
    open_now.take(events.Event(replace(RAN, status=Status.CANCELLED)))
    assert open_now.asked is None
