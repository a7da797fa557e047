"""Who proposes the next steps of a case: the Protocol, and its offline kind. Pure."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from soc_tui.investigating.moves import TIME, Move, all_moves
from soc_tui.kql.text.literals import identifier
from soc_tui.kql.writing.pivot import Entity as Named
from soc_tui.kql.writing.pivot import between
from soc_tui.model.case import Case, Entity, EntityKind, LeadKind, Step, StepState
from soc_tui.model.catalog import Catalog, TableSpec
from soc_tui.model.inert import inert
from soc_tui.model.receipt import Extent

ROUND = 4
"""Questions that are proposed at a time."""
MOST_QUIET = 2
"""Rounds that may bring nothing new; then the case is over."""
_MOST_WEIGHT = 5
_IN_VAIN = 2
"""What each question about an entity that no row answered takes from the worth of the next."""
FOLLOWED = 3
"""Weight from which an entity is asked about: that of a grounded finding of high severity."""
AROUND = dt.timedelta(days=3)
"""How much before and after the lead is looked at."""
NO_TIME = dt.timedelta(days=7)
"""How far back a lead without a time is looked for."""
_NAMED: Mapping[EntityKind, Named] = {
    EntityKind.HOST: Named.HOST,
    EntityKind.ACCOUNT: Named.ACCOUNT,
    EntityKind.MAILBOX: Named.ACCOUNT,
    EntityKind.ADDRESS: Named.ADDRESS,
    EntityKind.DOMAIN: Named.DOMAIN,
    EntityKind.HASH: Named.HASH,
    EntityKind.FILE: Named.FILE,
}


@dataclass(frozen=True, slots=True)
class Ground:
    """What questions can be asked here.

    Attributes:
        now: What queries take for now, UTC.
        extents: What the workspace holds of each table in the window of the case; a table that
            is not there is not known, and asked.
        max_rows: Most rows of one answer.
        max_hours: Longest time range, hours.
    """

    catalog: Catalog
    now: dt.datetime
    extents: Mapping[str, Extent]
    max_rows: int
    max_hours: float

    def window(self, case: Case) -> tuple[dt.datetime, dt.datetime]:
        """The time that a case looks at, UTC: around its lead, else the last seven days."""
        since, until = case.lead.since, case.lead.until
        first = self.now - NO_TIME if since is None else since - AROUND
        last = self.now if until is None else min(self.now, until + AROUND)
        return max(first, self.now - dt.timedelta(hours=self.max_hours)), last

    def holds(self, table: str) -> bool:
        """Whether the table can be asked: it is in the catalog and not surely empty then."""
        extent = self.extents.get(table)
        if table not in self.catalog.tables:
            return False
        return extent is None or (extent.exists is not False and extent.rows_in_window != 0)


class Investigator(Protocol):
    """Goes from what a case has to its next steps.

    It sees the board (entities, findings, steps with counts and receipts), never approves a step,
    and widens no budget.
    """

    @property
    def name(self) -> str:
        """As shown on screen."""
        ...

    async def next(self, case: Case, ground: Ground) -> tuple[Step, ...]:
        """The next steps, best first; none when the case is over. Step ids are given later."""
        ...


class OfflineInvestigator:
    """By the table of moves: from what weighs most to where most evidence is to be expected."""

    name = "offline"

    async def next(self, case: Case, ground: Ground) -> tuple[Step, ...]:
        """The best questions that were not asked yet."""
        if case.lead.kind is LeadKind.REQUEST and not case.steps:
            return (Step("", case.lead.text, "the lead", topic=f"request {case.lead.text}"),)
        if quiet_rounds(case) >= MOST_QUIET:
            return ()
        return open_questions(case, ground)[:ROUND]


def open_questions(case: Case, ground: Ground) -> tuple[Step, ...]:
    """All questions that the moves lead to and that were not asked, the best first."""
    asked = {step.topic for step in case.steps}
    in_vain = Counter(_about(step.topic) for step in case.steps if step.rows == 0)
    window = ground.window(case)
    ranked = []
    for entity in case.entities:
        if entity.weight < FOLLOWED:
            break  # the heaviest come first
        for place, move in enumerate(all_moves()):
            if move.entity != entity.kind or topic(entity, move.table) in asked:
                continue
            step = _step(entity, move, ground, window)
            if step is not None:
                vain = in_vain[_about(topic(entity, move.table))]
                rank = (_IN_VAIN * vain - _worth(entity, move), place)
                ranked.append((rank, step))
    if not case.lead.entities or any(
        one.grounded and _heavy(one.severity) for _, one in case.findings
    ):
        for place, move in enumerate(all_moves()):
            if move.entity == TIME and _topic_of_time(move.table) not in asked:
                step = _at_that_time(move, ground, window)
                if step is not None:
                    ranked.append(((-_MOST_WEIGHT * 2 - move.evidence, place), step))
    ranked.sort(key=lambda one: one[0])
    return tuple({step.topic: step for _, step in ranked}.values())


def quiet_rounds(case: Case) -> int:
    """How many of the last rounds brought nothing new: no finding that weighs, no one to ask about.

    A step that was refused or failed brings nothing.
    """
    ended = [step for step in case.steps if step.state.ended and step.state != StepState.SKIPPED]
    known: set[tuple[EntityKind, str]] = {one.key for one in case.lead.entities}
    titles: set[str] = set()
    quiet_steps = 0
    for step in ended:
        heavy = {one.key for one in step.entities if one.weight >= FOLLOWED}
        found = {one.title for one in step.findings if one.grounded and _heavy(one.severity)}
        new = bool(heavy - known) or bool(found - titles)
        known |= heavy
        titles |= found
        quiet_steps = 0 if new else quiet_steps + 1
    return quiet_steps // ROUND


def topic(entity: Entity, table: str) -> str:
    """What makes two questions the same: `DOMAIN\\name` and `name@domain` are asked as one."""
    value = entity.value.casefold()
    if entity.kind is EntityKind.ACCOUNT:
        value = value.rpartition("\\")[2].partition("@")[0] or value
    if entity.kind is EntityKind.HOST and not _is_number(value):
        value = value.partition(".")[0]
    return f"{entity.kind} {value} in {table}"


def _about(topic: str) -> str:
    """The entity of a topic."""
    return topic.rpartition(" in ")[0]


def _is_number(host: str) -> bool:
    return host.replace(".", "").isdigit()


def _heavy(severity: str) -> bool:
    return severity in {"high", "critical"}


def _worth(entity: Entity, move: Move) -> int:
    return min(entity.weight, _MOST_WEIGHT) * 2 + move.evidence


def _topic_of_time(table: str) -> str:
    return f"time in {table}"


def _step(
    entity: Entity, move: Move, ground: Ground, window: tuple[dt.datetime, dt.datetime]
) -> Step | None:
    spec = ground.catalog.tables.get(move.table)
    named = _NAMED.get(entity.kind)
    if spec is None or named is None or not ground.holds(move.table):
        return None
    kql = between(named, entity.value, spec, window, ground.max_rows)
    if not kql:
        return None
    shown = inert(entity.value, 80)
    why = f"{entity.kind} {shown}: {_origin(entity)}"
    return Step("", move.asks(shown), why, kql, topic(entity, move.table), move.table)


def _origin(entity: Entity) -> str:
    return "the lead" if entity.origin == "lead" else f"cited by finding {entity.origin}"


def _at_that_time(
    move: Move, ground: Ground, window: tuple[dt.datetime, dt.datetime]
) -> Step | None:
    spec = ground.catalog.tables.get(move.table)
    if spec is None or not spec.time_column or not ground.holds(move.table):
        return None
    kql = _all_of(spec, window, ground.max_rows)
    why = "the time of what was found"
    return Step("", move.question, why, kql, _topic_of_time(move.table), move.table)


def _all_of(spec: TableSpec, window: tuple[dt.datetime, dt.datetime], most: int) -> str:
    time = identifier(spec.time_column)
    first, last = (f"datetime({one:%Y-%m-%dT%H:%M:%S}Z)" for one in window)
    return (
        f"{identifier(spec.name)}\n| where {time} between ({first} .. {last})\n"
        f"| order by {time} desc\n| take {most}"
    )
