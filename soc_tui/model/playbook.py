"""A playbook: a saved hunt with its request, query and parameters."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from soc_tui.model.errors import SocError

NAME_FORM = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
"""Names of playbooks, which are names of files too."""

PARAMETER_FORM = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,39}")
"""Names of parameters: plain words, as `let` takes them."""

_NAME_WORDS = 5
_PLACE = re.compile(r"\{(\w+)\}")


class ParameterKind(StrEnum):
    """What a parameter's value is."""

    TEXT = "text"
    HOST = "host"
    USER = "user"
    ADDRESS = "address"
    SPAN = "time range"
    MOMENT = "time"
    NUMBER = "number"
    TEXTS = "list"
    NUMBERS = "list of numbers"

    @property
    def is_text(self) -> bool:
        """Whether the query holds it as a string."""
        return self in {
            ParameterKind.TEXT,
            ParameterKind.HOST,
            ParameterKind.USER,
            ParameterKind.ADDRESS,
        }

    @property
    def is_list(self) -> bool:
        """Whether it is several values, for `in (...)` and its like."""
        return self in {ParameterKind.TEXTS, ParameterKind.NUMBERS}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One value of the query that can be changed.

    Attributes:
        name: The name that the query's `let` gives it.
        default: What stands in the query, as you would type it.
    """

    name: str
    kind: ParameterKind
    default: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Playbook:
    """A query with parameters, under a name.

    Attributes:
        name: Of the form NAME_FORM.
        request: What is looked for, in words; `{host}` stands for the parameter's value.
        kql: A query that runs as it stands. Each parameter is a `let` of one literal in it.
        origin: Id of the hunt that it was made from; empty otherwise.
        shipped: It comes with soc-tui.
    """

    name: str
    title: str
    kql: str
    request: str = ""
    description: str = ""
    parameters: tuple[Parameter, ...] = ()
    origin: str = ""
    shipped: bool = False

    def request_for(self, values: Mapping[str, str]) -> str:
        """The request with these values in it, or its title where it has none."""
        known = {one.name: values.get(one.name, one.default) for one in self.parameters}
        # In one pass: a value that looks like a place is not filled again.
        return _PLACE.sub(lambda at: known.get(at[1], at[0]), self.request or self.title)


def check_name(name: str) -> None:
    """Raise SocError: a playbook cannot be named so."""
    if not NAME_FORM.fullmatch(name):
        raise SocError(
            f"{name!a} is not a valid playbook name.",
            "Use lowercase letters, digits and -, at most 60.",
            f"For example: {playbook_name(name)}",
        )


def playbook_name(text: str) -> str:
    """A name made of the first words of any text: `Odd logons!` gives `odd-logons`."""
    ascii_only = text.encode("ascii", "ignore").decode().casefold()
    words = re.findall(r"[a-z0-9]+", ascii_only)[:_NAME_WORDS]
    return "-".join(words)[:60].strip("-") or "playbook"
