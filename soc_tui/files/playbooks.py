"""Fills playbooks with values, and creates playbooks from hunts. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from soc_tui.kql.syntax.tree import UNREADABLE
from soc_tui.kql.writing.parameter_suggestions import (
    Suggestion,
    is_free,
    parameterised,
    suggestions,
)
from soc_tui.kql.writing.parameters import WANTED, let_literals, replaced, written
from soc_tui.model.errors import SocError
from soc_tui.model.hunt import Hunt
from soc_tui.model.nearest_name import did_you_mean
from soc_tui.model.playbook import Parameter, ParameterKind, Playbook, check_name

_UNREAD = "The query is not valid KQL."


@dataclass(frozen=True, slots=True)
class Filled:
    """A playbook with a value for each parameter.

    Attributes:
        values: As they stand in the query, by name.
        kql: Not judged yet: as any text, it is when it runs.
    """

    playbook: Playbook
    values: Mapping[str, str]
    kql: str

    @property
    def request(self) -> str:
        """What is looked for, in words."""
        return self.playbook.request_for(self.values)

    def begun(self, fresh: Hunt) -> Hunt:
        """A hunt that has not begun, as a run of the playbook."""
        values = ", ".join(f"{name} = {value}" for name, value in self.values.items())
        note = f"Playbook {self.playbook.name}{': ' if values else ''}{values}."
        return replace(
            fresh,
            request=self.request,
            kql=self.kql,
            playbook=self.playbook.name,
            notes=(*fresh.notes, note),
        )


def problems_of(playbook: Playbook, given: Mapping[str, str]) -> dict[str, str]:
    """Of the values that were typed, which are none of their kind, and what is wanted; by name."""
    kinds = {one.name: one.kind for one in playbook.parameters}
    return {
        name: f"{WANTED[kinds[name]][:1].upper()}{WANTED[kinds[name]][1:]}."
        for name, typed in given.items()
        if name in kinds and written(kinds[name], typed) is None
    }


def fill(playbook: Playbook, given: Mapping[str, str]) -> Filled:
    """The playbook with these values, and its defaults for the others.

    Raises:
        SocError: there is no such parameter, or the value is none of its kind.
    """
    known = {one.name: one for one in playbook.parameters}
    for name in given:
        if name not in known:
            raise SocError(
                f"Playbook {playbook.name} has no parameter {name}.",
                f"It has: {', '.join(known)}." if known else "It has none.",
                f"See soc-tui playbook show {playbook.name}.",
            )
    if wrong := problems_of(playbook, given):
        name, wanted = next(iter(wrong.items()))
        raise SocError(f"The value of {name} cannot be used.", f"Expected: {wanted}")
    made = {name: _literal(known[name], typed) for name, typed in given.items()}
    literals = {name: literal for name, literal in made.items() if literal is not None}
    kql = replaced(playbook.kql, literals)
    held = let_literals(kql)
    return Filled(playbook, {name: held[name].value for name in known}, kql)


def _literal(parameter: Parameter, typed: str) -> str | None:
    """A literal in place of the default; None where the default stays, letter by letter."""
    return None if typed == parameter.default else written(parameter.kind, typed)


def offered(kql: str) -> tuple[Suggestion, ...]:
    """What of the query may become a parameter. Raises SocError when it cannot be read."""
    try:
        return suggestions(kql)
    except UNREADABLE as error:
        raise SocError(_UNREAD, "", "Fix it, then save it.") from error


def chosen_by_value(
    found: Sequence[Suggestion], kql: str, wanted: Mapping[str, str]
) -> tuple[tuple[Suggestion, str], ...]:
    """Of the suggestions those that hold these values, under the names given to them.

    Args:
        wanted: A value of the query for each name.

    Raises:
        SocError: no suggestion holds the value, or the name cannot be used.
    """
    chosen: list[tuple[Suggestion, str]] = []
    for name, value in wanted.items():
        left = [one for one in found if one not in [taken for taken, _ in chosen]]
        match = next((one for one in left if _holds(one, value)), None)
        if match is None:
            values = ", ".join(f"{one.name}={one.value}" for one in found)
            raise SocError(
                f"No filter of the query uses the value {value}.",
                f"Filter values: {values}." if found else "It has no filters with values.",
                did_you_mean(value, (one.value for one in found), 1),
            )
        if not (match.let and name == match.name) and not is_free(name, kql):
            raise SocError(
                f"{name} is not a valid parameter name.",
                "Use letters, digits and _, and a name that the query does not use yet.",
                f"For example: {match.name}={match.value}",
            )
        chosen.append((match, name))
    return tuple(chosen)


def _holds(one: Suggestion, typed: str) -> bool:
    """Whether it is that value, however it is typed: 24h is 1d."""
    made = written(one.kind, typed)
    return one.value == typed or (made is not None and made == written(one.kind, one.value))


def made_from(
    hunt: Hunt, name: str, chosen: Iterable[tuple[Suggestion, str]], *, title: str = ""
) -> Playbook:
    """A playbook of a hunt's query, with these of its suggestions as parameters.

    Raises:
        SocError: the hunt has no query, or the name is no name.
    """
    check_name(name)
    if not hunt.kql.strip():
        raise SocError("This hunt has no query to save.", "", "Choose another hunt.")
    picked = tuple(chosen)
    parameters = tuple(
        Parameter(called, one.kind, one.value, f"Compared with {one.column}" if one.column else "")
        for one, called in picked
    )
    request = " ".join(hunt.request.split())
    return Playbook(
        name=name,
        title=title.strip() or request or name,
        kql=parameterised(hunt.kql, picked),
        request=_with_places(request, picked),
        parameters=parameters,
        origin=hunt.id,
    )


def _with_places(request: str, picked: Iterable[tuple[Suggestion, str]]) -> str:
    """The request with `{host}` where a parameter's value stands in it as a word."""
    words = request.replace("{", "(").replace("}", ")").split(" ")
    places = {
        one.value.casefold(): f"{{{name}}}"
        for one, name in picked
        if one.kind is not ParameterKind.NUMBER
    }
    return " ".join(
        places.get(bare.casefold(), bare) + word[len(bare) :]
        for word in words
        for bare in [word.rstrip(".,;:!?")]
    )
