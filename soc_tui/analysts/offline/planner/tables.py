"""Tables that a request calls by name, in words or by what everybody calls them. Pure."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources

from soc_tui.analysts.offline.planner.name_parts import NAME_PART
from soc_tui.model.nearest_name import nearest_names

_KIND = r"(?:events?|logs?|records?|details?|info(?:rmation)?|data|entries|activity|table)"
_ENDS = ("Events", "Event", "Logs", "Log", "Info")
_SHORTEST_SLIP = 9


@dataclass(frozen=True, slots=True)
class NamedTable:
    """A table, the words that name it, and where they stand; whether they are its very name."""

    table: str
    words: str
    start: int
    end: int
    exact: bool = False


def named_tables(text: str, there: Iterable[str]) -> tuple[NamedTable, ...]:
    """The tables that a request names, those by their exact names first, else in order.

    Args:
        there: Tables of the catalog. Well-known ones are told apart whether or not they are there.
    """
    return _named_in(text, tuple(dict.fromkeys((*there, *_called()))))


@lru_cache(maxsize=256)
def _named_in(text: str, names: tuple[str, ...]) -> tuple[NamedTable, ...]:
    exact = _exact(text, names)
    found: list[NamedTable] = []
    for table, pattern in _patterns(names).items():
        found += [NamedTable(table, m[0], m.start(), m.end()) for m in pattern.finditer(text)]
    # Of two that overlap the longer is meant: "non-interactive sign-in logs".
    kept: list[NamedTable] = []
    # Of two that are called the same, the one whose name says so: "network info".
    for one in sorted(found, key=lambda one: (one.start - one.end, one.start, not _says(one))):
        if all(one.end <= other.start or other.end <= one.start for other in kept):
            kept.append(one)
    return (*exact, *sorted(kept, key=lambda one: one.start))


def _says(one: NamedTable) -> bool:
    """Whether the words end as the table's name does."""
    return one.table.casefold().endswith(re.split(r"\W+", one.words.casefold())[-1])


def well_known() -> frozenset[str]:
    """Tables that are told apart whether or not a workspace has them."""
    return frozenset(_called())


def in_words(name: str) -> str:
    """A regular expression of a camel-case name written as one word or as several."""
    parts = NAME_PART.findall(name)
    return r"[\s_-]?".join(map(re.escape, parts)) or re.escape(name)


def _exact(text: str, names: tuple[str, ...]) -> list[NamedTable]:
    by_name = {name.casefold(): name for name in names}
    found = []
    for match in re.finditer(r"\w+", text):
        word = match[0].casefold()
        table = match[0] if match[0] in names else by_name.get(word, "")
        if not table and len(word) >= _SHORTEST_SLIP:
            near = _nearest(word, tuple(by_name))
            table = by_name[near[0]] if near else ""
        if not table:
            ends = _ending(match[0], names)
            table = ends[0] if len(ends) == 1 else ""
        # Ordinary words only count as they are written in KQL.
        if table and (match[0] == table or re.search(r"[a-z][A-Z]", table)):
            found.append(NamedTable(table, match[0], match.start(), match.end(), exact=True))
    return found


def _ending(word: str, names: tuple[str, ...]) -> tuple[str, ...]:
    """The tables whose names end in a word that is written as code: "VulnerabilitiesKB"."""
    if len(word) < _SHORTEST_SLIP or not re.search(r"[a-z][A-Z]", word):
        return ()
    return tuple(name for name in names if name.casefold().endswith(word.casefold()))


@lru_cache(maxsize=1024)
def _nearest(word: str, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(nearest_names(word, names, least=0.9))


@cache
def _patterns(names: tuple[str, ...]) -> Mapping[str, re.Pattern[str]]:
    called = _called()
    made = {}
    for name in names:
        ways = [called[name]] if name in called else []
        core = name.removeprefix("Device")
        core = next((core.removesuffix(end) for end in _ENDS if core.endswith(end)), core)
        if core:
            ways.append(rf"(?:device\s+)?{in_words(core)}s?\s+{_KIND}")
        if len(re.findall(r"[A-Z][a-z]+", name)) > 1:
            ways.append(in_words(name))
        made[name] = (
            re.compile(rf"(?<![\w.-])(?:{'|'.join(ways)})(?![\w-])", re.I) if ways else None
        )
    return {name: pattern for name, pattern in made.items() if pattern}


@cache
def _called() -> Mapping[str, str]:
    text = (resources.files(__package__) / "tables.toml").read_text("utf-8")
    called: Mapping[str, str] = tomllib.loads(text)["called"]
    return called
