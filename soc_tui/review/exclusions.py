"""Which findings are left out, and what can be left out because of one. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator

from soc_tui.kql.writing.pivot import Entity, entity_named
from soc_tui.model.exclusion import Exclusion
from soc_tui.model.finding import Evidence, Finding

DAYS = 90
"""How long an exclusion holds that is made from a finding, days."""

_ABOUT = frozenset({Entity.HOST, Entity.ACCOUNT})
_LINES = ("ProcessCommandLine", "InitiatingProcessCommandLine")
_LONGEST = 200


def excluded(finding: Finding, exclusions: Iterable[Exclusion], today: dt.date) -> Exclusion | None:
    """The first exclusion that the finding falls under.

    One with a host, account or command must hold of every cited row, so that a new row among known
    ones is told.
    """
    return next((one for one in exclusions if _covers(one, finding, today)), None)


def offers(finding: Finding, today: dt.date) -> tuple[Exclusion, ...]:
    """What can be left out because of it, the narrowest first."""
    until = today + dt.timedelta(days=DAYS)
    names, commands = _entities(finding), _commands(finding)
    found: dict[Exclusion, None] = {}
    for command in (*commands[:1], ""):
        for name in (*names, ""):
            found[Exclusion(_what(finding), name, command, until)] = None
    return tuple(one for one in found if excluded(finding, (one,), today))


def _covers(exclusion: Exclusion, finding: Finding, today: dt.date) -> bool:
    if exclusion.until and today > exclusion.until:
        return False
    title = exclusion.title.casefold()
    if title not in {finding.title.casefold(), _what(finding).casefold()}:
        return False
    narrow = exclusion.entity or exclusion.command
    return not narrow or (
        bool(finding.evidence)
        and all(_row_covered(exclusion, evidence) for evidence in finding.evidence)
    )


def _row_covered(exclusion: Exclusion, evidence: Evidence) -> bool:
    cells = [quotation.text.casefold() for quotation in evidence.quotations]
    name, command = exclusion.entity.casefold(), exclusion.command.casefold()
    about = not name or any(cell.rpartition("\\")[2] == name or cell == name for cell in cells)
    return about and (not command or any(command in cell for cell in cells))


def _what(finding: Finding) -> str:
    """The title without whom it is about: a host or account of its cells, behind a colon."""
    what, colon, whom = finding.title.rpartition(": ")
    known = {quotation.text.casefold() for one in finding.evidence for quotation in one.quotations}
    return what if colon and whom.casefold() in known else finding.title


def _entities(finding: Finding) -> tuple[str, ...]:
    """Hosts and accounts that are quoted of every row."""
    rows = [set(_named(evidence)) for evidence in finding.evidence]
    shared = set.intersection(*rows) if rows else set()
    return tuple(sorted(shared))


def _named(evidence: Evidence) -> Iterator[str]:
    for quotation in evidence.quotations:
        if quotation.text and entity_named(quotation.column) in _ABOUT:
            yield quotation.text


def _commands(finding: Finding) -> tuple[str, ...]:
    """The command line that is quoted of every row, whole."""
    rows = [
        {one.text for one in evidence.quotations if one.column in _LINES and one.text.strip()}
        for evidence in finding.evidence
    ]
    shared = set.intersection(*rows) if rows else set()
    return tuple(sorted((one for one in shared if len(one) <= _LONGEST), key=len, reverse=True))
