"""Which questions come first, without a workspace."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from soc_tui.guardrails.catalog import load_catalog
from soc_tui.investigating.investigator import Ground, open_questions
from soc_tui.model.case import Case, Entity, EntityKind, Lead, LeadKind, Step, StepState

NOW = dt.datetime(2026, 11, 24, 10, 0, tzinfo=dt.UTC)
GROUND = Ground(load_catalog(), NOW, {}, 1_000, 720)
UNKNOWN = Entity(EntityKind.ADDRESS, "192.0.2.7", "lead", 100)
FOUND = Entity(EntityKind.HOST, "desk-4", "h1/f1", 4)


def case(*steps: Step) -> Case:
    lead = Lead(LeadKind.ENTITY, "192.0.2.7", (UNKNOWN,))
    return Case("case-1", NOW, "t", lead, "w", "a", steps=steps)


def asked(number: int, question: Step, rows: int, *entities: Entity) -> Step:
    return replace(
        question, id=f"s{number}", state=StepState.DONE, rows=rows, entities=tuple(entities)
    )


def test_what_the_lead_names_is_asked_first_and_nothing_twice() -> None:
    (first, *_) = open_questions(case(), GROUND)
    assert "192.0.2.7" in first.question
    again = open_questions(case(asked(1, first, 5)), GROUND)
    assert first.topic not in {step.topic for step in again}
    assert "192.0.2.7" in again[0].question


def test_who_no_table_knows_gives_way_to_who_was_found() -> None:
    questions = open_questions(case(), GROUND)
    seen = asked(1, questions[0], 5, FOUND)
    assert "192.0.2.7" in open_questions(case(seen), GROUND)[0].question, "it weighs more"
    in_vain, answered = (asked(2, questions[1], rows) for rows in (0, 9))
    assert "desk-4" in open_questions(case(seen, in_vain), GROUND)[0].question
    assert "192.0.2.7" in open_questions(case(seen, answered), GROUND)[0].question
