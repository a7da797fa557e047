"""One offline conversation turn: a plan, a changed plan, an answer or a question. Pure."""

from __future__ import annotations

import dataclasses
import re

from soc_tui.analysts import PlanRequest
from soc_tui.analysts.offline.planner.answers import answer
from soc_tui.analysts.offline.planner.followups import is_follow_up, plan_of, refine
from soc_tui.analysts.offline.planner.planning import HuntedColumns, plan_anew
from soc_tui.analysts.offline.planner.reading import read
from soc_tui.analysts.offline.planner.topics import strong, topics
from soc_tui.model.hunt import Turn
from soc_tui.model.plan import Plan, Reply

_NOT_READ = Reply(
    "I could not tell what to change in the query. For example: “only failed ones”, “widen to"
    " 3 days”, “same for win-08”, “without svc-backup”, “now the network connections”."
)
_NUMBER = re.compile(r"\W*(?P<number>\d)\W*")


def outcome(request: PlanRequest, hunted: HuntedColumns) -> Plan | Reply:
    """What the request comes to after the turns before it.

    Args:
        hunted: Columns that the hunt after the query reads.

    Raises:
        AnalystError: the catalog has no table for it.
    """
    text, answered = _whole(request)
    before = _query_before(request)
    if before is not None and (changed := _changed(text, before, request, hunted)):
        return changed
    made = plan_anew(text, request, hunted)
    if before is not None and isinstance(made, Reply) and not made.question:
        return _NOT_READ  # the examples were read before the first query
    if answered and isinstance(made, Plan):
        return dataclasses.replace(made, follows_up=True)
    return made


def _changed(
    text: str, before: Turn, request: PlanRequest, hunted: HuntedColumns
) -> Plan | Reply | None:
    """The query before, changed; None when the request stands for itself."""
    reading = read(text, request)
    if reply := answer(text, reading.named, request.catalog):
        return reply
    old, _ = plan_of(before, request)
    if not is_follow_up(text, reading, old.table_name):
        return None
    refined = refine(text, reading, before, request, hunted)
    if isinstance(refined, Reply) and not request.may_ask:
        return _NOT_READ
    return refined or (None if strong(topics(reading.text, reading.named)) else _NOT_READ)


def _whole(request: PlanRequest) -> tuple[str, bool]:
    """The request, put together with the one that was asked back about; whether it was."""
    last = request.previous[-1] if request.previous else None
    if last is None or last.reply is None or not last.reply.question:
        return request.request, False
    said, choices = request.request, last.reply.choices
    number = _NUMBER.fullmatch(said)
    if number is not None and 0 < int(number["number"]) <= len(choices):
        said = choices[int(number["number"]) - 1]
    return f"{last.request} {said}", True


def _query_before(request: PlanRequest) -> Turn | None:
    """The latest turn that became a query; answers and questions in between do not count."""
    return next((turn for turn in reversed(request.previous) if turn.plan or turn.kql), None)
