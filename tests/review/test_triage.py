"""States, notes, merging, splitting, and taking it back."""

from __future__ import annotations

from dataclasses import replace

from soc_tui.model.finding import Confidence, Evidence, Ioc, Severity, TriageState
from soc_tui.model.hunt import keep_triage
from soc_tui.review.triage import (
    Change,
    Edit,
    Findings,
    merge,
    next_state,
    split,
    taken_back,
    with_notes,
    with_state,
)
from tests.history.hunts import example_finding, example_hunt

ONE, TWO, THREE = (example_finding(f"Finding {number}", number) for number in (1, 2, 3))
TWO = replace(
    TWO,
    severity=Severity.CRITICAL,
    confidence=Confidence.LOW,
    grounded=False,
    doubts=("It cites a row that is not there.",),
    notes="ours",
    iocs=(Ioc("domain", "evil.example"),),
    evidence=(Evidence("r9"),),
)
ALL: Findings = (ONE, TWO, THREE)


def edited(findings: Findings, change: Change) -> Edit:
    return Edit("h", "", findings, change(findings))


def test_states_go_round() -> None:
    state = TriageState.NEW
    for _ in TriageState:
        state = next_state(state)
    assert state is TriageState.NEW


def test_a_merged_finding_has_all_of_its_parts_and_their_doubts() -> None:
    whole, rest = merge(frozenset({"f1", "f2"}))(ALL)
    assert rest is THREE
    assert whole.title == TWO.title  # the most severe leads
    assert whole.severity is Severity.CRITICAL
    assert whole.confidence is Confidence.HIGH
    assert not whole.grounded
    assert whole.doubts == TWO.doubts
    assert {ioc.value for ioc in whole.iocs} == {"203.0.113.7", "evil.example"}
    assert [row.row_id for row in whole.evidence] == ["r1", "r9"]
    assert whole.tags == ("merged",)
    assert whole.notes == "ours"
    assert whole.parts == (ONE, TWO)
    assert whole.id not in {one.id for one in ALL}


def test_only_verified_parts_make_a_verified_finding() -> None:
    (whole, *_) = merge(frozenset({"f1", "f3"}))(ALL)
    assert whole.grounded


def test_split_gives_the_parts_back_in_place_of_the_whole() -> None:
    findings = merge(frozenset({"f1", "f2"}))(ALL)
    assert split(findings[0].id)(findings) == ALL
    assert split("f3")(findings) == findings


def test_a_finding_merged_twice_comes_apart_into_what_was_found() -> None:
    once = merge(frozenset({"f1", "f2"}))(ALL)
    (whole,) = merge(frozenset(one.id for one in once))(once)
    assert split(whole.id)((whole,)) == ALL


def test_one_finding_is_not_merged() -> None:
    assert merge(frozenset({"f1"}))(ALL) == ALL
    assert merge(frozenset({"f1", "gone"}))(ALL) == ALL


def test_merge_and_split_are_taken_back_exactly() -> None:
    edit = edited(ALL, merge(frozenset({"f1", "f3"})))
    assert taken_back(edit.after, edit) == ALL
    apart = edited(edit.after, split("f1+f3"))
    assert taken_back(apart.after, apart) == edit.after


def test_a_state_is_taken_back_while_findings_go_on_arriving() -> None:
    edit = edited(ALL[:1], with_state("f1", TriageState.BENIGN))
    grown = replace(edit.after[0], description="more was found")
    assert taken_back((grown, TWO), edit) == (replace(grown, state=TriageState.NEW), TWO)


def test_notes_are_taken_back() -> None:
    edit = edited(ALL, with_notes("f2", "new words"))
    assert edit.after[1].notes == "new words"
    assert taken_back(edit.after, edit) == ALL


def test_a_key_that_is_pasted_into_notes_is_hidden() -> None:
    edit = edited(ALL, with_notes("f2", f"it used ghp_{'a1B2' * 9} twice"))
    assert edit.after[1].notes == "it used [hidden] twice"


def test_nothing_is_taken_back_from_the_findings_of_another_hunt_through_the_rows() -> None:
    others = tuple(replace(one, title=f"Other {one.id}") for one in ALL)
    for change in (with_state("f1", TriageState.BENIGN), merge(frozenset({"f1", "f2"}))):
        assert taken_back(others, edited(ALL, change)) is None


def test_states_and_human_notes_are_kept_while_findings_arrive() -> None:
    shown = example_hunt(
        1, replace(ONE, state=TriageState.CLOSED, notes="mine"), replace(TWO, notes="old")
    )
    arrived = example_hunt(1, ONE, replace(TWO, notes="of the model"), THREE)
    kept = keep_triage(arrived, shown, frozenset({(ONE.id, ONE.title)})).findings
    assert [one.state for one in kept] == [TriageState.CLOSED, TriageState.NEW, TriageState.NEW]
    assert [one.notes for one in kept] == ["mine", "of the model", ""]
