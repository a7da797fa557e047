"""What a follow-up changes of the plan before it: table, host, account, time, fields. Pure."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from soc_tui.analysts import PlanRequest
from soc_tui.analysts.offline.planner.column_filters import column_filters
from soc_tui.analysts.offline.planner.counting import counts
from soc_tui.analysts.offline.planner.filters import filters, host_filter, shown, time_filters
from soc_tui.analysts.offline.planner.mentions import Mentions, mentions
from soc_tui.analysts.offline.planner.narrowing import Filter
from soc_tui.analysts.offline.planner.one_table import account, host_of, hours_of, left_out
from soc_tui.analysts.offline.planner.reading import Reading
from soc_tui.analysts.offline.planner.row_limits import rows_asked
from soc_tui.analysts.offline.planner.topics import strong, topics
from soc_tui.model.catalog import TableSpec
from soc_tui.model.plan import Operator, Plan, Predicate

_MORE = re.compile(
    r"^\W*(?:(?:and|but|now|ok)\W+)*(?:also|plus|include|add|and)\b|\b(?:as well|too)\b", re.I
)
FIELDS = re.compile(
    r"\b(?:show|add|include|with)\b.*\b(?:too|also|as well|columns?|fields?)\b", re.I
)
EVERYTHING = re.compile(
    r"\b(?:all|any|every|no|drop|remove|without)\s+(?:the\s+)?"
    r"(?P<what>hosts?|machines?|devices?|users?|accounts?|everyone|filters?)"
    r"(?:\s+filters?)?\b|\b(?P<everyone>everyone|everybody|everywhere)\b",
    re.I,
)
PLAIN = 5  # least score of words that lead to another table against the one at hand


@dataclass(slots=True)
class Draft:
    """A plan on the way from the one before; sentences on what changed."""

    plan: Plan
    table: TableSpec
    changed: list[str] = field(default_factory=list)

    def set(self, **changes: object) -> None:
        """Other values for parts of the plan."""
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


def change(draft: Draft, text: str, reading: Reading, request: PlanRequest) -> None:
    """All that the request says, done to the draft."""
    _change_table(draft, text, reading, request)
    _lift(draft, text)
    _change_host(draft, text, reading.named)
    _change_account(draft, text, reading.named)
    _change_rest(draft, text, reading)
    _change_time(draft, reading, request)
    _change_hours(draft, reading)
    _add_fields(draft, text)
    _group(draft, reading)
    if not draft.changed and rows_asked(reading.text):
        draft.changed.append("The same rows.")


def _change_table(draft: Draft, text: str, reading: Reading, request: PlanRequest) -> None:
    """Another table, when words point to it more than to the one before."""
    by_name = {name.casefold(): table for name, table in request.catalog.tables.items()}
    words = re.findall(r"\w+", text.casefold())
    found = [by_name[word] for word in words if word in by_name]
    # Where the words narrow the table at hand, only plain ones lead to another.
    least = PLAIN if filters(reading.text, reading.named, draft.table) else 0
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
    moments = tuple(
        dataclasses.replace(one, columns=(new.time_column,))
        for one in draft.plan.predicates
        if one.columns == (old.time_column,)
    )
    draft.set(
        table_name=new.name,
        device_name=host,
        user_principal_name=user,
        caller=caller,
        predicates=(),
    )
    draft.changed.append(f"Now {new.name} instead of {old.name}.")
    hosts = host_filter(named.hosts, new) if named.hosts and not host else ()
    less = dataclasses.replace(named, upns=()) if user or caller else named
    draft.put((*hosts, *filters("", less, new)))
    if new.time_column:
        draft.set(predicates=(*draft.plan.predicates, *moments))


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


def _lift(draft: Draft, text: str) -> None:
    """ "All hosts", "drop the user": the filter goes."""
    for match in EVERYTHING.finditer(text):
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


def _change_host(draft: Draft, text: str, named: Mentions) -> None:
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


def _change_account(draft: Draft, text: str, named: Mentions) -> None:
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


def _change_rest(draft: Draft, text: str, reading: Reading) -> None:
    """Addresses, files, words such as "failed", and what is to be left out."""
    named = dataclasses.replace(reading.named, hosts=(), upns=(), users=())
    found = (
        *column_filters(reading.conditions, draft.table),
        *filters(reading.text, named, draft.table),
    )
    draft.put(found, more=bool(_MORE.search(text)))
    for one in left_out(reading, draft.table):
        draft.set(predicates=(*draft.plan.predicates, one.predicate))
        draft.changed.append(one.why)


def _change_time(draft: Draft, reading: Reading, request: PlanRequest) -> None:
    if reading.time is None:
        return
    hours, why = hours_of(reading.time, request)
    draft.without((draft.table.time_column,))
    draft.set(time_range_hours=hours)
    draft.changed.append(why)
    draft.put(time_filters(reading.time, draft.table), more=False)


def _change_hours(draft: Draft, reading: Reading) -> None:
    if reading.hours:
        draft.changed.append(f"Time of day: “{shown(reading.hours.words)}”.")


def _add_fields(draft: Draft, text: str) -> None:
    """Columns that the request calls by their names."""
    by_name = {name.casefold(): name for name in draft.table.column_names}
    words = (word.casefold() for word in re.findall(r"\w+", text))
    added = [by_name[word] for word in words if word in by_name]
    if added and FIELDS.search(text):
        draft.set(fields=tuple(dict.fromkeys((*draft.plan.fields, *added))))
        draft.changed.append(f"Also shown: {', '.join(added)}.")


def _group(draft: Draft, reading: Reading) -> None:
    if counts(reading.text):
        draft.changed.append("Counted.")


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
