"""Follow-up requests that change a query: "only failed ones", "same for win-08". Pure."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence

from soc_tui.analysts import PlanRequest
from soc_tui.analysts.offline.planner.counting import counted, counts
from soc_tui.analysts.offline.planner.filters import shown
from soc_tui.analysts.offline.planner.hunts import HuntingQuery, hunt_of, written
from soc_tui.analysts.offline.planner.mentions import Mentions, mentions
from soc_tui.analysts.offline.planner.one_table import (
    HuntedColumns,
    fields_of,
    last,
    where_lines,
)
from soc_tui.analysts.offline.planner.plan_changes import (
    EVERYTHING,
    FIELDS,
    PLAIN,
    Draft,
    change,
)
from soc_tui.analysts.offline.planner.reading import Reading, read
from soc_tui.analysts.offline.planner.topics import Topic, strong, topics
from soc_tui.model.hunt import Turn
from soc_tui.model.plan import Plan, Predicate, Reply

_BEGINS = re.compile(
    r"^\W*(?:(?:ok|okay|and|now|so|please|then|but)\W+)*"
    r"(?:only|just|also|plus|same|again|instead|without|except|exclud\w+|ignor\w+|hide|drop|remove"
    r"|not|but|and|now|then|everyone|everybody|what about|how about|widen|extend|expand|broaden"
    r"|shorten|narrow|limit|restrict|filter|keep|include|add|go back|longer|further back"
    r"|repeat|make it|switch)\b",
    re.I,
)
_REFERS = re.compile(
    r"\b(?:the same|those|these|them|that (?:host|user|account|address|table|query)|the other"
    r"|of (?:it|these|those)|as well|instead)\b",
    re.I,
)
# These refer to something only in a request that is not whole without it.
_MAY_REFER = re.compile(r"(?<!than )\b(?:ones?|previous|above)\b", re.I)
_NOUNS = {"user": "account", "account": "account", "address": "address", "ip": "address"}
# No sentence of its own: "on port 443", "from outside Norway", "zip only", "not at night".
_FRAGMENT = re.compile(
    r"^\W*(?:from|to|on|in|at|of|for|by|via|over|during|between|since|within|outside|which|who|how"
    r"|not|per|group|count)\b|\b(?:only|instead)\W*$",
    re.I,
)
_OTHER = re.compile(
    r"\bthe other (?P<what>host|machine|device|user|account|address|ip|one)\b", re.I
)
_SHORT_WORDS = 6


def is_follow_up(text: str, reading: Reading, table: str) -> bool:
    """Whether a request makes sense only together with the query on `table` before it."""
    about = strong(topics(reading.text, Mentions()))
    other = bool(about) and about[0].table != table
    if _REFERS.search(text) or _OTHER.search(text) or EVERYTHING.fullmatch(text.strip(" .!")):
        return True
    whole = is_whole(reading)
    if _BEGINS.match(text) and not (FIELDS.search(text) and not whole):
        # One that says where and when by itself is whole, whatever it begins with.
        return not (other and reading.time)
    if whole:
        return False
    if FIELDS.search(text) or _MAY_REFER.search(text):
        return True
    return len(text.split()) <= _SHORT_WORDS and _goes_on(text, reading, other, about)


def _goes_on(text: str, reading: Reading, other: bool, about: Sequence[Topic]) -> bool:
    """Whether a few words are no request of their own."""
    if about:
        return bool(_FRAGMENT.search(text)) and not (other and about[0].score >= PLAIN)
    named = reading.named
    says = (reading.time, reading.hours, reading.out, reading.conditions, counts(reading.text))
    return bool(named.any or named.ports or any(says))


def is_whole(reading: Reading) -> bool:
    """Whether a request says by itself which logs, and when or of what: it may stand alone."""
    about = topics(reading.text, Mentions())
    sure = bool(about) and about[0].score >= PLAIN - 2
    named = reading.named
    narrowed = named.any or reading.conditions or reading.time or reading.hours
    return sure and bool(narrowed)


def is_unsure(text: str, reading: Reading) -> bool:
    """Whether a request could be read the other way: as a follow-up, or as a hunt of its own."""
    looks = any(one.search(text) for one in (_REFERS, _MAY_REFER, FIELDS, _OTHER))
    begins = bool(_BEGINS.match(text) or _FRAGMENT.search(text))
    return is_whole(reading) if looks or begins else len(text.split()) <= _SHORT_WORDS


def plan_of(turn: Turn, request: PlanRequest) -> tuple[Plan, str]:
    """The plan of an earlier turn, and a sentence on what of its text it does not hold.

    Of a query that was written whole, only the table is known.
    """
    from soc_tui.kql.reading.read import main_table
    from soc_tui.kql.writing.build import build

    plan = turn.plan
    if plan is not None and plan.table_name:
        built = build(plan, request.catalog, request.limits).kql
        edited = bool(turn.kql) and turn.kql.strip() != built and not plan.kql
        return plan, "Your edits to its KQL are not kept." if edited else ""
    table = request.catalog.table(main_table(turn.kql))
    name = table.name if table else ""
    fields = table.default_fields if table else ()
    hours = (
        plan.time_range_hours
        if plan
        else min(request.limits.default_hours, request.limits.max_hours)
    )
    return Plan(name, fields, hours, ""), "Only the table of that query is kept."


def refine(
    text: str, reading: Reading, before: Turn, request: PlanRequest, hunted: HuntedColumns
) -> Plan | Reply | None:
    """The plan before, changed as the request says; None when nothing of it can be changed so."""
    old, loss = plan_of(before, request)
    table = request.catalog.table(old.table_name)
    if table is None:
        return None
    resolved = _resolved(text, reading, old, request)
    if isinstance(resolved, Reply):
        return resolved
    reading, text = read(resolved.whole, request, table), resolved.whole
    draft = Draft(old, table)
    change(draft, text, reading, request)
    if not draft.changed:
        return None
    plan = draft.plan
    draft.set(
        fields=_fields(draft, old, request, hunted),
        rationale=" ".join(
            part for part in (_opening(before), *draft.changed, _kept(plan, old), loss) if part
        ),
        about_individual_user=bool(plan.user_principal_name or plan.caller or reading.named.users),
        about_individual_host=bool(plan.device_name),
        about_network_security_group=draft.table.name == "AzureNetworkAnalytics_CL",
        follows_up=True,
        kql="",
    )
    same = old.kql if draft.table.name == old.table_name else ""
    if same and (hunt := hunt_of(same)):
        return dataclasses.replace(draft.plan, kql=_hunted_again(hunt, text, draft.plan, request))
    return counted(
        reading.text, draft.plan, request.catalog, request.limits, before=same, hours=reading.hours
    )


def _hunted_again(hunt: HuntingQuery, text: str, plan: Plan, request: PlanRequest) -> str:
    """The hunting query again, with the filters of the changed plan."""

    def filters_on(table: str) -> tuple[str, ...]:
        return where_lines(dataclasses.replace(plan, table_name=table), request)

    return written(hunt, text, filters_on)


def _resolved(text: str, reading: Reading, old: Plan, request: PlanRequest) -> Reading | Reply:
    """ "The other host" by its name: the one of the conversation that the plan is not about."""
    match = _OTHER.search(text)
    if match is None:
        return reading
    noun = _NOUNS.get(match["what"].lower(), "host")
    if _names(reading.named, noun):  # the answer to the question below
        return reading
    said = (mentions(turn.request) for turn in request.previous)
    used = {old.device_name.lower(), old.user_principal_name.lower(), old.caller.lower()}
    used |= {value.lower() for one in old.predicates for value in one.values}
    names = dict.fromkeys(name for one in said for name in _names(one, noun))
    others = tuple(name for name in names if name.lower() not in used)
    if len(others) != 1:
        return Reply(f"Which {noun} do you mean?", True, others)
    return read(_OTHER.sub(f"{noun} {others[0]}", text), request)


def _names(named: Mentions, noun: str) -> tuple[str, ...]:
    return {"host": named.hosts, "account": named.accounts, "address": named.ips}[noun]


def _fields(
    draft: Draft, old: Plan, request: PlanRequest, hunted: HuntedColumns
) -> tuple[str, ...]:
    usual = fields_of(request, draft.table, hunted, draft.plan.predicates)
    if draft.table.name != old.table_name:
        return usual
    used = (name for one in draft.plan.predicates for name in one.columns)
    return tuple(dict.fromkeys((*draft.plan.fields, *used)))


def _opening(before: Turn) -> str:
    return f"Follows up “{shown(before.request)}”." if before.request else "Follows up the query."


def _kept(plan: Plan, old: Plan) -> str:
    """What of the plan before still holds."""
    kept = [f"table {plan.table_name}"] if plan.table_name == old.table_name else []
    if plan.time_range_hours == old.time_range_hours:
        kept.append(last(plan.time_range_hours))
    for name in ("device_name", "user_principal_name", "caller"):
        value = getattr(plan, name)
        if value and value == getattr(old, name):
            kept.append(shown(value))
    kept += [_words(one) for one in plan.predicates if one in old.predicates]
    return f"Kept: {', '.join(kept)}." if kept else ""


def _words(predicate: Predicate) -> str:
    columns = " or ".join(predicate.columns[:2]) + (" …" if len(predicate.columns) > 2 else "")
    return f"{columns} {predicate.operator} {', '.join(map(shown, predicate.values[:3]))}"
