"""One offline conversation turn: a plan, a changed plan, an answer or a question. Pure."""

from __future__ import annotations

import dataclasses
import re

from soc_tui.analysts import PlanRequest
from soc_tui.analysts.offline.planner.answers import answer
from soc_tui.analysts.offline.planner.followups import (
    is_follow_up,
    is_unsure,
    is_whole,
    plan_of,
    refine,
)
from soc_tui.analysts.offline.planner.mentions import Mentions
from soc_tui.analysts.offline.planner.moments import (
    DAY_FIRST,
    MONTH_FIRST,
    ambiguous,
    in_order,
)
from soc_tui.analysts.offline.planner.names_known import sentence, unknown_names
from soc_tui.analysts.offline.planner.one_table import HuntedColumns
from soc_tui.analysts.offline.planner.other_ranges import latest, rolling
from soc_tui.analysts.offline.planner.planning import plan_anew
from soc_tui.analysts.offline.planner.reading import read
from soc_tui.analysts.offline.planner.topics import strong, topics
from soc_tui.model.hunt import Turn
from soc_tui.model.plan import Operator, Plan, Reply

_NOT_READ = Reply(
    "I could not tell what to change in the query. For example: “only failed ones”, “widen to"
    " 3 days”, “same for win-08”, “without svc-backup”, “now the network connections”."
)
_ANSWER_WORDS = 4
_NUMBER = re.compile(r"\W*(?P<number>\d)\W*")


_NEW = re.compile(r"\s*(?:new|fresh)(?: hunt| request| query)?\s*(?::|,|-(?=\s))\s*", re.I)
_SAME_TIME = re.compile(
    r"\W*(?:(?:and|now|ok|then|also)\W+)*(?:(?:on|at|in|for|during|over|within)\s+)?(?:the\s+)?"
    r"same\s+(?:day|night|week|period|hours?|time(?:\s*(?:range|frame|window|span|period))?)"
    r"\b\s*(?:[:,;-]\s*)?",
    re.I,
)
_CHANGE = re.compile(r"\s*(?:change|follow[- ]?up|also)\s*:\s*", re.I)


def outcome(request: PlanRequest, hunted: HuntedColumns) -> Plan | Reply:
    """What the request comes to after the turns before it, with names in no row pointed out.

    "new: …" is always a hunt of its own, "change: …" always changes the query before it.

    Args:
        hunted: Columns that the hunt after the query reads.

    Raises:
        AnalystError: the catalog has no table for it.
    """
    if match := _NEW.match(request.request):
        fresh = dataclasses.replace(request, request=request.request[match.end() :], previous=())
        return outcome(fresh, hunted)
    return _checked(_outcome(request, hunted), request.request, request)


def _outcome(request: PlanRequest, hunted: HuntedColumns) -> Plan | Reply:
    text, answered = _whole(request)
    before = _query_before(request)
    forced = _CHANGE.match(text)
    text = text[forced.end() :] if forced else text
    if date := ambiguous(text, request.now):
        return _which_date(date)
    if before is not None and not forced and (own := _beside(text, before, request, hunted)):
        return own
    if before is not None and (changed := _changed(text, before, request, hunted, bool(forced))):
        return _offering(changed, text, request, f"new: {text}") if not forced else changed
    made = plan_anew(text, request, hunted)
    if before is not None and isinstance(made, Reply) and not made.question:
        return _NOT_READ  # the examples were read before the first query
    if answered and isinstance(made, Plan):
        return dataclasses.replace(made, follows_up=True)
    if before is not None and not answered:
        made = _offering(made, text, request, f"change: {text}")
    return _longer(made, text, request)


def _checked(made: Plan | Reply, text: str, request: PlanRequest) -> Plan | Reply:
    """With names said to be in no row, and the nearest offered."""
    if not isinstance(made, Plan):
        return made
    if not (request.known.hosts or request.known.accounts):
        return made
    unknown = tuple(unknown_names(read(text, request).named, request.known))
    if not unknown:
        return made
    other = text
    for name, near in unknown:
        other = other.replace(name, near) if near else other
    instead = f"new: {other}" if other != text else made.instead
    rationale = f"{made.rationale} {sentence(unknown)}"
    return dataclasses.replace(made, rationale=rationale, instead=instead)


def _offering(made: Plan | Reply, text: str, request: PlanRequest, other: str) -> Plan | Reply:
    """The plan, with the other reading offered where the words leave it open."""
    if isinstance(made, Plan) and is_unsure(text, read(text, request)):
        return dataclasses.replace(made, instead=other)
    return made


def _longer(made: Plan | Reply, text: str, request: PlanRequest) -> Plan | Reply:
    """With the rolling range offered where the named one has only just begun."""
    if not isinstance(made, Plan) or made.instead:
        return made
    if other := latest(text, request.now):
        why = f"{made.rationale} The latest that has been: “{other}”."
        return dataclasses.replace(made, instead=f"new: {other}", rationale=why)
    other = rolling(text, request.now)
    if not other:
        return made
    why = f"{made.rationale} That began only just now; as a rolling range: “{other}”."
    return dataclasses.replace(made, instead=f"new: {other}", rationale=why)


def _beside(text: str, before: Turn, request: PlanRequest, hunted: HuntedColumns) -> Plan | None:
    """ "Same day: …", "at the same time …", where what follows is a request of its own."""
    match = _SAME_TIME.match(text)
    if match is None:
        return None
    rest = text[match.end() :].strip()
    reading = read(rest, request)
    if not strong(topics(reading.text, Mentions())) or reading.time:
        return None
    old, _ = plan_of(before, request)
    table = request.catalog.table(old.table_name)
    made = plan_anew(f"{rest} {_time_of(old, table.time_column if table else '')}", request, hunted)
    if not isinstance(made, Plan):
        return None
    why = f"{made.rationale} The time is that of the query before."
    return dataclasses.replace(made, instead=f"change: {text}", rationale=why)


def _time_of(plan: Plan, time_column: str) -> str:
    """The time range of a plan, in the words of a request."""
    ends = {
        one.operator: one.values[0].replace("T", " ").rstrip("Z")
        for one in plan.predicates
        if one.columns == (time_column,)
    }
    since, until = ends.get(Operator.GREATER_OR_EQUAL), ends.get(Operator.LESS)
    if since and until:
        return f"between {since} and {until}"
    return f"since {since}" if since else f"in the last {plan.time_range_hours:g} hours"


def _which_date(date: str) -> Reply:
    return Reply(
        f"Is {date} written month first (United States) or day first (Europe)? You can also write"
        " it as year-month-day.",
        True,
        (MONTH_FIRST, DAY_FIRST),
    )


def _changed(
    text: str, before: Turn, request: PlanRequest, hunted: HuntedColumns, forced: bool
) -> Plan | Reply | None:
    """The query before, changed; None when the request stands for itself."""
    reading = read(text, request)
    if reply := answer(text, reading.named, request.catalog):
        return reply
    old, _ = plan_of(before, request)
    if not forced and not is_follow_up(text, reading, old.table_name):
        return None
    refined = refine(text, reading, before, request, hunted)
    if isinstance(refined, Reply) and not request.may_ask:
        return _NOT_READ
    return refined or (None if strong(topics(reading.text, reading.named)) else _NOT_READ)


def _whole(request: PlanRequest) -> tuple[str, bool]:
    """The request, put together with the one that was asked back about; whether it was.

    What is no answer but a request of its own stays as it is.
    """
    last = request.previous[-1] if request.previous else None
    if last is None or last.reply is None or not last.reply.question:
        return request.request, False
    said, choices = request.request, last.reply.choices
    number = _NUMBER.fullmatch(said)
    if number is not None and 0 < int(number["number"]) <= len(choices):
        said = choices[int(number["number"]) - 1]
    if said in (MONTH_FIRST, DAY_FIRST):
        return in_order(last.request, request.now, said), True
    reading = read(said, request)
    if said not in choices and is_whole(reading) and len(said.split()) > _ANSWER_WORDS:
        return said, False
    return f"{last.request} {said}", True


def _query_before(request: PlanRequest) -> Turn | None:
    """The latest turn that became a query; answers and questions in between do not count."""
    return next((turn for turn in reversed(request.previous) if turn.plan or turn.kql), None)
