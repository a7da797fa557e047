"""Suggests playbook parameters for a query: its filter literals and its time bound."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from soc_tui.kql.operators.registry import KEYWORDS, OPERATORS
from soc_tui.kql.reading.read import read_query
from soc_tui.kql.reading.result import Step
from soc_tui.kql.syntax import tree as t
from soc_tui.kql.syntax.tree import NAMES, Node
from soc_tui.kql.text.lexer import Kind, lexemes
from soc_tui.kql.text.literals import string
from soc_tui.kql.writing.parameters import (
    Literal,
    let_literals,
    list_text,
    members,
    read_literal,
    written,
)
from soc_tui.kql.writing.pivot import Entity, entity_of
from soc_tui.model.catalog import KqlType
from soc_tui.model.playbook import PARAMETER_FORM, ParameterKind
from soc_tui.model.time_columns import TIME_COLUMNS

_COMPARISONS = frozenset(
    {"EqualityExpression", "RelationalExpression", "StringBinaryOperatorExpression"}
)
_KINDS = {
    Entity.HOST: ParameterKind.HOST,
    Entity.ACCOUNT: ParameterKind.USER,
    Entity.ADDRESS: ParameterKind.ADDRESS,
}
_NAMED = frozenset({*_KINDS.values(), ParameterKind.SPAN, ParameterKind.MOMENT})
"""Kinds that give a parameter its name: `host`, `span`; others are named by their column."""

_NAMES = {ParameterKind.SPAN: "span", ParameterKind.MOMENT: "moment"}
_LISTS = {ParameterKind.TEXT: ParameterKind.TEXTS, ParameterKind.NUMBER: ParameterKind.NUMBERS}
_PLURALS = {
    ParameterKind.HOST: "hosts",
    ParameterKind.USER: "users",
    ParameterKind.ADDRESS: "addresses",
}
_LIKELY = frozenset({Entity.HASH, Entity.DOMAIN})
_DIRECT = frozenset({"ago", "not", "tolower", "toupper"})
"""Functions whose literals are values that one looks for, not parts of how."""

_MOST, _LONGEST_LIST = 60, 100
"""Values that are offered; members of a list that one would still type."""

_SEPARATORS = {ParameterKind.HOST: ".", ParameterKind.USER: "@"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where the parameter goes: `kql[start:end]` becomes `text`, `{}` in it being its name."""

    start: int
    end: int
    text: str = "{}"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A value of the query that may become a parameter.

    Attributes:
        name: A name that the query does not use yet; that of its `let` where it has one.
        value: As one would type it.
        literal: As the query writes it.
        column: Column that it is compared with; empty where that is not clear.
        places: Where it stands, and what depends on it; in the order of the text.
        likely: Another run will probably want another value.
        let: It is behind a `let` of this name already.
    """

    name: str
    kind: ParameterKind
    value: str
    literal: str
    column: str
    places: tuple[Place, ...]
    likely: bool
    let: bool = False


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where in a filter one is: compared with which column, under a `not`, inside a function."""

    lets: Mapping[str, Literal]
    column: str = ""
    positive: bool = True
    direct: bool = True


@dataclass(frozen=True, slots=True)
class _Use:
    literal: Literal
    column: str
    kind: ParameterKind
    likely: bool
    name: str = ""


def suggestions(kql: str) -> tuple[Suggestion, ...]:
    """The literals of the filters of `kql`, the likely ones first; equal ones are one.

    Raises:
        NotKqlError, TooComplexError, RecursionError: it cannot be read.
    """
    lets = let_literals(kql)
    compared: dict[str, _Use] = {}
    found_uses = (use for node in _wheres(kql) for use in _uses(node, _Spot(lets), compared))
    uses = list(itertools.islice(found_uses, _MOST))
    taken = {kql[piece.start : piece.end] for piece in lexemes(kql) if piece.kind is Kind.NAME}
    found = [_of_let(name, lets[name], compared.get(name), kql) for name in lets]
    for group in _groups(uses):
        base = group[0]
        name = _free(base.name or _name(base.kind, base.column), taken)
        taken.add(name)
        found.append(
            Suggestion(
                name,
                base.kind,
                base.literal.value,
                _literal(base.literal, kql),
                base.column,
                _places(group),
                any(use.likely for use in group),
            )
        )
    return tuple(sorted(found, key=lambda one: not one.likely))


def parameterised(kql: str, chosen: Sequence[tuple[Suggestion, str]]) -> str:
    """`kql` with these of its `suggestions` under these names, each a `let` in front of it."""
    edits: dict[Place, str] = {}
    made = []
    for suggestion, name in chosen:
        if suggestion.let and name == suggestion.name:
            continue
        made.append(f"let {name} = {suggestion.literal};\n")
        edits.update((place, place.text.format(name)) for place in suggestion.places)
    for place in sorted(edits, key=lambda place: place.start, reverse=True):
        kql = kql[: place.start] + edits[place] + kql[place.end :]
    return "".join(made) + kql


def is_free(name: str, kql: str) -> bool:
    """Whether a parameter may have that name in `kql`: plain, and nothing there is named so."""
    used = (kql[piece.start : piece.end] for piece in lexemes(kql) if piece.kind is Kind.NAME)
    plain = PARAMETER_FORM.fullmatch(name) is not None
    return plain and name not in KEYWORDS and name not in set(used)


def _wheres(kql: str) -> Iterator[Node]:
    """The predicates of the query, in the order of the text; not those inside of others."""
    steps = [found.node for found in read_query(kql).found if isinstance(found, Step)]
    end = 0
    for node in sorted(steps, key=t.start):
        entry = OPERATORS.get(t.kind(node))
        predicate = entry.filters(node) if entry is not None else None
        if predicate is not None and t.start(predicate) >= end:
            end = t.end(predicate)
            yield predicate


def _uses(node: Node, at: _Spot, compared: dict[str, _Use]) -> Iterator[_Use]:
    """Literals below a node that filter by its column; `let` names go to `compared`."""
    node = t.descend(node)
    what = t.kind(node)
    if what in _COMPARISONS:
        yield from _sides(node, at, compared)
    elif what in NAMES and t.name(node) in at.lets:
        name = t.name(node)
        compared.setdefault(name, _use(at.lets[name], at))
    elif (literal := read_literal(node)) is not None:
        if at.column and at.direct:
            yield _use(literal, at)
    elif what == "ListEqualityExpression" and (listed := _list(node)) is not None:
        if at.column and at.direct and len(listed) <= _LONGEST_LIST:
            yield _use(_joined(listed), at)
    elif what == "NamedFunctionCallExpression":
        called = t.text(node.Name)
        at = replace(
            at, positive=at.positive and called != "not", direct=at.direct and called in _DIRECT
        )
        for below in t.children(node)[1:]:
            yield from _uses(below, at, compared)
    else:
        for below in t.children(node):
            yield from _uses(below, at, compared)


def _list(node: Node) -> list[Literal] | None:
    """Members of `in (...)` that are one thing together: several literals of one kind."""
    found = [read_literal(below) for below in t.children(node)]
    told = [one for one in found if one is not None]
    if len(told) < len(found) or len(told) < 2 or told[0].kind not in _LISTS:
        return None
    return told if len({one.kind for one in told}) == 1 else None


def _joined(found: Sequence[Literal]) -> Literal:
    text = list_text([one.value for one in found])
    return Literal(_LISTS[found[0].kind], text, found[0].start, found[-1].end)


def _literal(literal: Literal, kql: str) -> str:
    """As the query writes it; what stands in `in (...)` is one literal as a dynamic only."""
    listed = written(literal.kind, literal.value) if literal.kind.is_list else None
    return listed or kql[literal.start : literal.end]


def _sides(node: Node, at: _Spot, compared: dict[str, _Use]) -> Iterator[_Use]:
    """Both sides of a comparison: literals count on the one that does not name the column."""
    sides = t.children(node)
    names = [_column(side, at.lets) for side in sides]
    place = next((place for place, name in enumerate(names) if name), 0)
    negated = t.text(node).startswith("!", len(t.text(sides[0])))
    at = replace(at, column=names[place], positive=at.positive and not negated)
    for side in sides:
        yield from _uses(side, replace(at, direct=side is not sides[place]), compared)


def _column(side: Node, lets: Mapping[str, Literal]) -> str:
    """The last name of a side but those of lets: `tostring(Entity.Host)` gives Host."""
    pending, found = [side], ""
    while pending:
        node = t.descend(pending.pop(0))
        if t.kind(node) in NAMES and t.name(node) not in lets:
            found = t.name(node)
        below = t.children(node)
        pending.extend(below[1:] if t.kind(node) == "NamedFunctionCallExpression" else below)
    return found


def _use(literal: Literal, at: _Spot) -> _Use:
    column = at.column
    if literal.kind is ParameterKind.TEXTS:
        first = _use(replace(literal, kind=ParameterKind.TEXT, value=members(literal.value)[0]), at)
        return replace(first, literal=literal, kind=literal.kind, name=_PLURALS.get(first.kind, ""))
    if literal.kind is not ParameterKind.TEXT:
        likely = column in TIME_COLUMNS and literal.kind is not ParameterKind.NUMBER
        return _Use(literal, column, literal.kind, likely)
    entity = entity_of(column, KqlType.STRING, literal.value)
    kind = _KINDS.get(entity, ParameterKind.TEXT) if entity else ParameterKind.TEXT
    likely = at.positive and (kind is not ParameterKind.TEXT or entity in _LIKELY)
    return _Use(literal, column, kind, likely)


def _of_let(name: str, literal: Literal, use: _Use | None, kql: str) -> Suggestion:
    use = use or _Use(literal, "", literal.kind, False)
    place = Place(literal.start, literal.end)
    written = kql[literal.start : literal.end]
    kind, column = use.kind, use.column
    # The value has a name already, so it can be changed in one place.
    return Suggestion(name, kind, literal.value, written, column, (place,), True, let=True)


def _groups(uses: Iterable[_Use]) -> list[list[_Use]]:
    """Uses of one value, its whole form first: "win-07", "win-07." and so on."""
    groups: list[list[_Use]] = []
    whole_first = sorted(uses, key=lambda use: (_is_part(use), -len(use.literal.value)))
    for use in whole_first:
        for group in groups:
            if _same_thing(group[0], use) and _derived(group[0], use) is not None:
                group.append(use)
                break
        else:
            groups.append([use])
    return sorted(groups, key=lambda group: min(use.literal.start for use in group))


def _is_part(use: _Use) -> bool:
    """Whether the value is written to be the beginning or end of another."""
    separator = _SEPARATORS.get(use.kind)
    value = use.literal.value
    return separator is not None and (value.endswith(separator) or value.startswith("/"))


def _same_thing(one: _Use, other: _Use) -> bool:
    """Whether equal values of both are one value: a host is one in any column, a 3 is not."""
    if one.kind is not other.kind:
        return False
    timed = {one.column, other.column} <= set(TIME_COLUMNS)
    return one.column == other.column or timed or one.kind in _KINDS.values()


def _derived(base: _Use, use: _Use) -> str | None:
    """How the value of `use` is written by that of `base`, `{}` being its name."""
    whole, value = base.literal.value, use.literal.value
    if value == whole:
        return "{}"
    separator = _SEPARATORS.get(base.kind)
    if separator is None or not value:
        return None
    if value == whole + separator:
        return f"strcat({{}}, {string(separator)})"
    if value == "/" + whole:
        return 'strcat("/", {})'
    short = f"tostring(split({{}}, {string(separator)})[0])"
    first = whole.partition(separator)[0] if separator in whole else ""
    if first and value == first:
        return short
    return f"strcat({short}, {string(separator)})" if value == first + separator else None


def _places(group: Sequence[_Use]) -> tuple[Place, ...]:
    places = (
        Place(use.literal.start, use.literal.end, _derived(group[0], use) or "{}") for use in group
    )
    return tuple(sorted(places, key=lambda place: place.start))


def _name(kind: ParameterKind, column: str) -> str:
    if kind in _NAMED:
        return _NAMES.get(kind, kind.value)
    # ProcessCommandLine gives process_command_line.
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+", "_", column).lower().strip("_")
    return words if PARAMETER_FORM.fullmatch(words) else "value"


def _free(name: str, taken: set[str]) -> str:
    number, free = 1, name
    while free in taken or free in KEYWORDS:
        number += 1
        free = f"{name}_{number}"
    return free
