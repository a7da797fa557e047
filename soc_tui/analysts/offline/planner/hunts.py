"""Hunting phrases ("password spray", "lateral movement from win-07") as hunting queries. Pure."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources

from soc_tui.model.catalog import Catalog

_PLACE = re.compile(r"^(?P<indent> *)\{filters(?::(?P<table>\w+))?\}$", re.M)
_LEAST = re.compile(
    r"\b(?:more than|over|at least|least)\s+(?P<number>\d{1,6})\b"
    r"(?!\s*(?:minutes?|mins?|hours?|hrs?|days?|weeks?|months?|[kmgt]i?b|bytes|%|percent))",
    re.I,
)


@dataclass(frozen=True, slots=True)
class HuntingQuery:
    """One entry of hunts.toml.

    Attributes:
        tables: All that it reads, the first first.
        hours: Time range when the request names none, hours.
        least: A number in it that a request may change; None where there is none.
    """

    title: str
    say: re.Pattern[str]
    why: str
    tables: tuple[str, ...]
    hours: float
    least: int | None
    query: str


def hunting_query(text: str, catalog: Catalog, table: str = "") -> HuntingQuery | None:
    """The hunting query that a request stands for, or None.

    Args:
        table: Only one that reads this table first, where the request names one.
    """
    for one in hunting_queries():
        if not one.say.search(text) or (table and one.tables[0] != table):
            continue
        if all(map(catalog.table, one.tables)):
            return one
    return None


def spans(text: str, one: HuntingQuery) -> list[tuple[int, int]]:
    """Where the words stand that the query stands for."""
    found = [match.span() for match in one.say.finditer(text)]
    return found + ([match.span() for match in _LEAST.finditer(text)] if one.least else [])


def hunt_of(kql: str) -> HuntingQuery | None:
    """The hunting query that a text was written from, or None."""
    lines = set(map(str.strip, kql.splitlines()))
    return next((one for one in hunting_queries() if _fixed(one) <= lines), None)


def _fixed(one: HuntingQuery) -> set[str]:
    lines = map(str.strip, one.query.splitlines())
    return {line for line in lines if line and "{filters" not in line and "{least}" not in line}


def written(one: HuntingQuery, text: str, filters: Callable[[str], tuple[str, ...]]) -> str:
    """Its KQL, with the filters of the request.

    Args:
        filters: The `| where` lines of a request, called with a table's name.
    """

    def lines(match: re.Match[str]) -> str:
        found = filters(match["table"] or one.tables[0])
        return "\n".join(f"{match['indent']}{line}" for line in found)

    said = _LEAST.search(text)
    least = said["number"] if said else str(one.least or "")
    return _PLACE.sub(lines, one.query).replace("{least}", least).strip()


@cache
def hunting_queries() -> tuple[HuntingQuery, ...]:
    """All, in the order in which they are tried."""
    text = (resources.files(__package__) / "hunts.toml").read_text("utf-8")
    return tuple(_entries(tomllib.loads(text)["hunt"]))


def _entries(entries: list[dict[str, object]]) -> Iterator[HuntingQuery]:
    for entry in entries:
        query, table = str(entry["query"]), str(entry["table"])
        others = re.findall(r"\{filters:(\w+)\}", query)
        least = entry.get("least")
        yield HuntingQuery(
            title=str(entry["title"]),
            say=re.compile(rf"(?<![\w.-])(?:{entry['say']})(?![\w-])", re.I),
            why=str(entry["why"]),
            tables=tuple(dict.fromkeys((table, *others))),
            hours=float(str(entry["hours"])),
            least=int(str(least)) if least is not None else None,
            query=query,
        )
