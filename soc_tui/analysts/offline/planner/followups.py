"""Requests that change the query before them: "only failed ones", "same for win-08". Pure."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from soc_tui.analysts import PlanRequest
from soc_tui.analysts.offline.planner.counting import counted, counts
from soc_tui.analysts.offline.planner.filters import filters, host_filter, shown, time_filters
from soc_tui.analysts.offline.planner.mentions import Mentions, mentions
from soc_tui.analysts.offline.planner.narrowing import Filter
from soc_tui.analysts.offline.planner.planning import (
    Reading,
    account,
    fields_of,
    host_of,
    hours_of,
    last,
    left_out,
    read,
)
from soc_tui.analysts.offline.planner.topics import strong, topics
from soc_tui.analysts.offline.sigma.rulebook import Rulebook
from soc_tui.model.catalog import TableSpec
from soc_tui.model.hunt import Turn
from soc_tui.model.plan import Operator, Plan, Predicate, Reply

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
    r"|of (?:it|these|those)|ones?|previous|above|as well|instead)\b",
    re.I,
)
_MORE = re.compile(
    r"^\W*(?:(?:and|but|now|ok)\W+)*(?:also|plus|include|add|and)\b|\b(?:as well|too)\b", re.I
)
_FIELDS = re.compile(
    r"\b(?:show|add|include|with)\b.*\b(?:too|also|as well|columns?|fields?)\b", re.I
)
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
_EVERYTHING = re.compile(
    r"\b(?:all|any|every|no|drop|remove|without)\s+(?:the\s+)?"
    r"(?P<what>hosts?|machines?|devices?|users?|accounts?|everyone|filters?)"
    r"(?:\s+filters?)?\b|\b(?P<everyone>everyone|everybody|everywhere)\b",
    re.I,
)
_SHORT_WORDS = 6
_PLAIN = 5  # least score of words that lead to another table against the one at hand


@dataclass(slots=True)
class _Draft:
    """A plan on the way from the one before; sentences on what changed."""

    plan: Plan
    table: TableSpec
    changed: list[str] = field(default_factory=list)

    def set(self, **changes: object) -> None:
        self.plan = dataclasses.replace(self.plan, **changes)  # type: ignore[arg-type]

    def without(self, columns: Iterable[str], why: str = "") -> None:
        """Drop the predicates that are on any of these columns only."""
        gone = set(columns)
        kept = tuple(one for one in self.plan.predicates if not set(one.columns) <= gone)
        if why and len(kept) < len(self.plan.predicates):
            self.changed.append(why)
        self.set(predicates=kept)

    def put(self, found: Sequence[Filter], *, more: bool = False) -> None:
        """Filters in the place of those on the same columns; with `more`, beside their values."""
        for one in found:
            new = one.predicate
            same = [p for p in self.plan.predicates if _like(p, new)]
            if more and same:
                values = tuple(dict.fromkeys((*same[0].values, *new.values)))
                new = dataclasses.replace(new, operator=_several(new.operator), values=values)
            rest = tuple(p for p in self.plan.predicates if p not in same)
            self.set(predicates=(*rest, new))
            self.changed.append(one.why)


def is_follow_up(text: str, reading: Reading, table: str) -> bool:
    """Whether a request makes sense only together with the query on `table` before it."""
    about = strong(topics(reading.text, Mentions()))
    if any(pattern.search(text) for pattern in (_REFERS, _OTHER, _FIELDS)):
        return True
    if _EVERYTHING.fullmatch(text.strip(" .!")):
        return True
    if _BEGINS.match(text):
        # One that says where and when by itself is whole, whatever it begins with.
        whole = about and about[0].table != table and reading.time
        return not whole
    if len(text.split()) > _SHORT_WORDS:
        return False
    if about:
        other = about[0].table != table and about[0].score >= _PLAIN
        return bool(_FRAGMENT.search(text)) and not other
    named, says = reading.named, (reading.time, reading.hours, reading.out, counts(reading.text))
    return bool(named.any or named.ports or any(says))


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
        return plan, "What was edited by hand in its KQL is not kept." if edited else ""
    table = request.catalog.table(main_table(turn.kql))
    name = table.name if table else ""
    fields = table.default_fields if table else ()
    hours = (
        plan.time_range_hours
        if plan
        else min(request.limits.default_hours, request.limits.max_hours)
    )
    return Plan(name, fields, hours, ""), "Of that query only its table is kept."


def refine(
    text: str, reading: Reading, before: Turn, request: PlanRequest, book: Rulebook
) -> Plan | Reply | None:
    """The plan before, changed as the request says; None when nothing of it can be changed so."""
    old, loss = plan_of(before, request)
    table = request.catalog.table(old.table_name)
    if table is None:
        return None
    resolved = _resolved(text, reading, old, request)
    if isinstance(resolved, Reply):
        return resolved
    reading, text = resolved, resolved.whole
    draft = _Draft(old, table)
    _change_table(draft, text, reading, request)
    _lift(draft, text)
    _change_host(draft, text, reading.named)
    _change_account(draft, text, reading.named)
    _change_rest(draft, text, reading)
    _change_time(draft, reading, request)
    _change_hours(draft, reading)
    _add_fields(draft, text)
    _group(draft, reading)
    if not draft.changed:
        return None
    plan = draft.plan
    draft.set(
        fields=_fields(draft, old, request, book),
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
    return counted(
        reading.text, draft.plan, request.catalog, request.limits, before=same, hours=reading.hours
    )


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


def _change_table(draft: _Draft, text: str, reading: Reading, request: PlanRequest) -> None:
    """Another table, when words point to it more than to the one before."""
    by_name = {name.casefold(): table for name, table in request.catalog.tables.items()}
    words = re.findall(r"\w+", text.casefold())
    found = [by_name[word] for word in words if word in by_name]
    # Where the words narrow the table at hand, only plain ones lead to another.
    least = _PLAIN if filters(reading.text, reading.named, draft.table) else 0
    for topic in strong(topics(reading.text, Mentions())):
        known = request.catalog.table(topic.table)
        found += [known] if known and topic.score >= least else []
    if not found or draft.table in found:
        return
    old, new = draft.table, found[0]
    named = _of_conversation(request)
    user, caller, _ = account(named, new)
    host, _ = host_of(named, new)
    host = draft.plan.device_name if new.device_column and draft.plan.device_name else host
    draft.table = new
    draft.set(
        table_name=new.name,
        device_name=host,
        user_principal_name=user,
        caller=caller,
        predicates=(),
    )
    draft.changed.append(f"Now {new.name} in place of {old.name}.")
    hosts = host_filter(named.hosts, new) if named.hosts and not host else ()
    less = dataclasses.replace(named, upns=()) if user or caller else named
    draft.put((*hosts, *filters("", less, new)))
    moments = tuple(p for p in draft.plan.predicates if p.columns == (old.time_column,))
    draft.set(predicates=tuple(p for p in draft.plan.predicates if p not in moments))


def _of_conversation(request: PlanRequest) -> Mentions:
    """What the latest request that named anything named; later ones go over earlier ones."""
    merged = Mentions()
    for turn in request.previous:
        named = mentions(turn.request)
        said = {
            name: value
            for name in Mentions.__dataclass_fields__
            if (value := getattr(named, name)) and name not in ("ports", "extensions", "tools")
        }
        merged = dataclasses.replace(merged, **said)
    return merged


def _lift(draft: _Draft, text: str) -> None:
    """ "All hosts", "drop the user": the filter goes."""
    for match in _EVERYTHING.finditer(text):
        what = (match["what"] or match["everyone"]).lower().rstrip("s")
        if what in ("host", "machine", "device", "everywhere", "filter"):
            if draft.plan.device_name:
                draft.set(device_name="")
                draft.changed.append("All hosts.")
            draft.without((draft.table.device_column,), "All hosts.")
        if what in ("user", "account", "everyone", "everybody", "filter"):
            if draft.plan.user_principal_name or draft.plan.caller:
                draft.set(user_principal_name="", caller="")
                draft.changed.append("All accounts.")
            draft.without(_account_columns(draft.table), "All accounts.")
        if what == "filter" and draft.plan.predicates:
            draft.set(predicates=())
            draft.changed.append("No further filters.")


def _change_host(draft: _Draft, text: str, named: Mentions) -> None:
    if not named.hosts:
        return
    plan, table = draft.plan, draft.table
    hosts = named.hosts
    if _MORE.search(text) and plan.device_name:
        hosts = tuple(dict.fromkeys((plan.device_name, *hosts)))
    draft.without((table.device_column,))
    host, why = host_of(dataclasses.replace(named, hosts=hosts), table)
    draft.set(device_name=host)
    if host:
        draft.changed.append(why)
    else:
        draft.put(host_filter(hosts, table))


def _change_account(draft: _Draft, text: str, named: Mentions) -> None:
    if not named.accounts:
        return
    before = (draft.plan.user_principal_name, draft.plan.caller)
    user, caller, why = account(named, draft.table)
    more = bool(_MORE.search(text))
    if (user or caller) and not more:
        draft.without(_account_columns(draft.table))
        draft.set(user_principal_name=user, caller=caller)
        draft.changed.append(why)
        return
    accounts = (*(name for name in before if name), *named.accounts) if more else named.accounts
    whole = Mentions(
        upns=tuple(name for name in accounts if "@" in name),
        users=tuple(name for name in accounts if "@" not in name),
    )
    draft.set(user_principal_name="", caller="")
    draft.put(filters("", whole, draft.table), more=more)


def _change_rest(draft: _Draft, text: str, reading: Reading) -> None:
    """Addresses, files, words such as "failed", and what is to be left out."""
    named = dataclasses.replace(reading.named, hosts=(), upns=(), users=())
    draft.put(filters(reading.text, named, draft.table), more=bool(_MORE.search(text)))
    for one in left_out(reading, draft.table):
        draft.set(predicates=(*draft.plan.predicates, one.predicate))
        draft.changed.append(one.why)


def _change_time(draft: _Draft, reading: Reading, request: PlanRequest) -> None:
    if reading.time is None:
        return
    hours, why = hours_of(reading.time, request)
    draft.without((draft.table.time_column,))
    draft.set(time_range_hours=hours)
    draft.changed.append(why)
    draft.put(time_filters(reading.time, draft.table), more=False)


def _change_hours(draft: _Draft, reading: Reading) -> None:
    if reading.hours:
        draft.changed.append(f"Time of day: “{shown(reading.hours.words)}”.")


def _add_fields(draft: _Draft, text: str) -> None:
    """Columns that the request calls by their names."""
    by_name = {name.casefold(): name for name in draft.table.column_names}
    words = (word.casefold() for word in re.findall(r"\w+", text))
    added = [by_name[word] for word in words if word in by_name]
    if added and _FIELDS.search(text):
        draft.set(fields=tuple(dict.fromkeys((*draft.plan.fields, *added))))
        draft.changed.append(f"Also shown: {', '.join(added)}.")


def _group(draft: _Draft, reading: Reading) -> None:
    if counts(reading.text):
        draft.changed.append("Counted.")


def _fields(draft: _Draft, old: Plan, request: PlanRequest, book: Rulebook) -> tuple[str, ...]:
    usual = fields_of(request, draft.table, book, draft.plan.predicates)
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


def _like(one: Predicate, other: Predicate) -> bool:
    """Whether one takes the other's place: the same columns, both with or without a not."""
    return one.columns == other.columns and _denies(one) == _denies(other) and not _orders(one)


def _denies(predicate: Predicate) -> bool:
    """A != stands for words like "failed", as an in~ does: only lists and terms deny."""
    return predicate.operator in (Operator.NOT_HAS, Operator.NOT_IN)


def _orders(predicate: Predicate) -> bool:
    return predicate.operator.value[0] in "<>"


def _several(operator: Operator) -> Operator:
    return {Operator.EQUALS: Operator.IN, Operator.HAS: Operator.HAS_ANY}.get(operator, operator)


def _account_columns(table: TableSpec) -> tuple[str, ...]:
    """The columns that filters on accounts use, all together."""
    probe = filters("", Mentions(users=("x",)), table)
    return tuple(name for one in probe for name in one.predicate.columns)
