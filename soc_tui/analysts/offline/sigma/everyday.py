"""What many hosts or accounts do alike: one finding with them counted, and no sign of an intruder.

Software that is rolled out does the same on each host, over days. What an intruder does is done on
few, or on many at once. Lines are compared by their shape: without numbers, names and addresses.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from soc_tui.analysts.offline.sigma.rule_findings import Cells, RuleHits, entities

_ALIKE = 4
"""Entities from which on the same is one finding."""
_MOST_OWN = 6
"""Entities with something of their own; more of them are one finding, too."""
_SPREAD = dt.timedelta(hours=24)
_MOST_COMPARED = 5_000
_MOST_TEXT = 600
_WHO = re.compile(r"(Account|User|Caller|Identity|Device|Computer|Host|ClientIP|Address|Id$)")
_VARYING = re.compile(
    r"""
    (?<=\\Users\\)[^\\"]+            # whose profile
    | [\w.+-]+@[\w.-]+               # account or mail
    | \\\\[\w.$-]+                   # another host
    | [A-Za-z0-9+/]{24,}={0,2}       # Base64
    | [0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}
    | (?<![a-z0-9])[0-9a-f]{6,}(?![a-z0-9])
    | \d+
    """,
    re.VERBOSE | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Group:
    """Hits of one rule that make one finding.

    Attributes:
        entities: Whom they are about; one, or many that do the same.
        everyday: It went on for days on many of them, as software does.
        suspected: It is shown on its own because another rule, a grave one, names the same entity.
    """

    entities: tuple[str, ...]
    rows: tuple[int, ...]
    everyday: bool = False
    suspected: bool = False


def groups(hits: RuleHits, cells: Cells) -> tuple[Group, ...]:
    """The findings that these hits make: of single entities first, then of many alike."""
    named = entities(hits.rule, hits.rows, cells)
    spelled: dict[str, str] = {}
    whose = [spelled.setdefault(name.lower(), name) for name in named]
    shapes = _shapes(hits, cells)
    alike: dict[object, set[str]] = {}
    for shape, name in zip(shapes, whose, strict=True):
        alike.setdefault(shape, set()).add(name)
    own: dict[str, list[int]] = {}
    many: dict[object, list[tuple[str, int]]] = {}
    for row, name, shape in zip(hits.rows, whose, shapes, strict=True):
        if len(alike[shape]) >= _ALIKE:
            many.setdefault(shape, []).append((name, row))
        else:
            own.setdefault(name, []).append(row)
    found = [Group((name,), tuple(rows)) for name, rows in own.items()]
    place = {row: number for number, row in enumerate(hits.rows)}
    if len(found) > _MOST_OWN:
        found = [_merged([(one.entities[0], row) for one in found for row in one.rows], place)]
    usual = {shape for shape, pairs in many.items() if _goes_on(pairs, cells)}
    for everyday in (False, True):
        pairs = [
            pair for shape, hit in many.items() if (shape in usual) is everyday for pair in hit
        ]
        if pairs:
            found.append(_merged(pairs, place, everyday=everyday))
    return tuple(found)


Grouped = tuple[RuleHits, tuple[Group, ...]]


def grouped(found: Iterable[RuleHits], cells: Cells) -> tuple[Grouped, ...]:
    """The hits of each rule with the findings that they make."""
    return tuple((hits, groups(hits, cells)) for hits in found)


def everyday_rows(found: Sequence[Group]) -> frozenset[int]:
    """Rows of these that are what software does on many hosts, day by day."""
    return frozenset(row for one in found if one.everyday for row in one.rows)


def _merged(
    pairs: Sequence[tuple[str, int]], place: Mapping[int, int], *, everyday: bool = False
) -> Group:
    rows = sorted({row for _, row in pairs}, key=place.__getitem__)
    return Group(tuple(dict.fromkeys(name for name, _ in pairs)), tuple(rows), everyday)


def _goes_on(pairs: Sequence[tuple[str, int]], cells: Cells) -> bool:
    """Whether hits, which stand in order of time, are spread over a day or more."""
    if not cells.moment:
        return False
    first, last = (cells.order(row)[0] for row in (pairs[0][1], pairs[-1][1]))
    return last - first >= _SPREAD


def _shapes(hits: RuleHits, cells: Cells) -> list[object]:
    """What each row says, but for what differs from host to host. Correlations have none."""
    if hits.rule.correlation is not None:
        return [("entity", row) for row in hits.rows]
    if len(hits.rows) > _MOST_COMPARED:
        return [()] * len(hits.rows)
    columns = [name for name in hits.quoted(hits.rows[0])[:4] if not _WHO.search(name)]
    texts = [cells.first_of(hits.rows, (name,)) for name in columns]
    known: dict[str, str] = {}
    return [tuple(_shape(text, known) for text in row) for row in zip(*texts, strict=True)] or [
        ("row", row) for row in hits.rows
    ]


def _shape(text: str, known: dict[str, str]) -> str:
    if text not in known:
        known[text] = _VARYING.sub("?", text[:_MOST_TEXT].lower())
    return known[text]
