"""The shapes of secrets, read from shapes.toml, and what stands in their places but is none."""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

_ASSIGN = r"""(?:\\*["']?\]?\s*(?:=>|==?|:=|:|,)\s*\\*["']?)"""
_VALUE = r"""(?:\\*"([^"\r\n]+?)\\*"|\\*'([^'\r\n]+?)\\*'|([^\s"'|<>]+))"""
_VALUE_LIST = r"""(?:\\*"(?!,)([^"\r\n]+?)\\*"|\\*'(?!,)([^'\r\n]+?)\\*'|([^\s"'|<>;,&)\]}]+))"""

# Names of values, not values: variables, calls, fields to fill in, words for none.
_STAND_IN = re.compile(
    r"""[*x•.#?_-]+|#\{.*|\^\w+\^|FUZZ|<.*>|\[.*\]|%\w+%|%[^%]{0,3}|\$\{?[A-Za-z_][\w:.]*\}?|\$\(.*|\$|!\w+!|\{.*|\(.*"""
    r"""|@\(.*|null|nil|none|n/?a|true|false|yes|no|on|off|0|1|unknown|undefined|unset|empty"""
    r"""|redacted|hidden|removed|masked|string|prompt|required|secret-\d+.*|[\\,;:)(]+"""
    r"""|file:.*|env:.*|stdin|fd:.*|securestring|system\..*|get-\w+.*|read-host.*|convertto-.*""",
    re.IGNORECASE | re.DOTALL,
)
_MARK = re.compile(r"\[secret-\d+:")
_PORTS = re.compile(r"[\d.]+:[\d:.-]+(?:/\w+)?")
_PROSE = re.compile(r"[a-z]{1,15}|[A-Z][a-z]{1,14}|\d{1,3}|\d{4}-\d\d-\d\d.*|[A-Z]:\\.*|/[\w./-]*")
_GUID = re.compile(r"\{?[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\}?")
_OBJECT = re.compile(r"[A-Za-z.]+[{@(]|com\.\w+\.")  # as Java and launchd print them
_EMPTY_HASHES = frozenset(
    {"aad3b435b51404eeaad3b435b51404ee:31d6cfe0d16ae931b73c59d7e0c089c0", "0" * 32}
)
_SHORTEST = 2


@dataclass(frozen=True, slots=True)
class Shape:
    """What one kind of secret looks like.

    Attributes:
        name: As the mark says it.
        words: One of them stands in every match.
        exact: Letter case counts, in the words too.
        pattern: Its last group that matched is the secret, or all of it without groups.
        made_by_a_maker: A form of its own, whatever stands around it.
        random: Only values that look made by a machine: "" any, "some" or "much".
        skip: What else is none in this place: "option", "number", "prose",
            "hash list", or "".
        keep_columns: Columns whose whole value is a name and no secret.
    """

    name: str
    words: tuple[str, ...]
    pattern: re.Pattern[str]
    made_by_a_maker: bool
    exact: bool = False
    random: str = ""
    skip: str = ""
    keep_columns: re.Pattern[str] | None = None

    def is_secret(self, value: str, before: str) -> bool:
        """Is the value a secret, and no stand-in? `before`: what matched before it."""
        if len(value) < _SHORTEST or _STAND_IN.fullmatch(value) or _MARK.search(value):
            return False
        if self.random and not _looks_random(value, much=self.random == "much"):
            return False
        other = value[0] in "-/&" or value.startswith("\\\\") or bool(_PORTS.fullmatch(value))
        # `password: authentication failed`, `Password = "x"`: only the quoted one is told.
        told = before.endswith(("=", '"', "'")) or "=" in before[-3:]
        prose = bool(_GUID.fullmatch(value)) or (not told and bool(_PROSE.fullmatch(value)))
        none = {
            "option": other,
            "number": other or value.isdecimal(),
            "prose": prose,
            "hash list": value.lower() in _EMPTY_HASHES,
        }
        return not none.get(self.skip, False)


def _looks_random(value: str, *, much: bool) -> bool:
    if much and (_GUID.fullmatch(value) or _OBJECT.match(value)):
        return False
    digits = sum(character.isdigit() for character in value)
    letters = sum(character.isalpha() for character in value)
    if not much:
        return len(value) >= 8 and (digits > 0 or len(value) >= 20)
    return len(value) >= 12 and digits > 1 and letters > 1 and len(set(value)) > 7


@functools.cache
def load_shapes() -> tuple[Shape, ...]:
    """All shapes; forms of their makers first."""
    text = resources.files("soc_tui.analysts.secrets").joinpath("shapes.toml").read_text("utf-8")
    document: Mapping[str, Sequence[Mapping[str, Any]]] = tomllib.loads(text)
    return tuple(
        _shape(entry, made_by_a_maker=section == "keys")
        for section in ("keys", "places")
        for entry in document[section]
    )


def _shape(entry: Mapping[str, Any], *, made_by_a_maker: bool) -> Shape:
    pattern = (
        entry["pattern"]
        .replace("{value_list}", _VALUE_LIST)
        .replace("{value}", _VALUE)
        .replace("{assign}", _ASSIGN)
    )
    flags = re.DOTALL if entry.get("exact") else re.DOTALL | re.IGNORECASE
    keep = entry.get("keep_columns", "")
    return Shape(
        entry["name"],
        tuple(entry["words"]),
        re.compile(pattern, flags),
        made_by_a_maker,
        bool(entry.get("exact")),
        entry.get("random", ""),
        entry.get("skip", ""),
        re.compile(keep, re.IGNORECASE) if keep else None,
    )
