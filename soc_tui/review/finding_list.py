"""Filters and sorts the list of findings. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from soc_tui.model.attack import TACTICS
from soc_tui.model.catalog import KqlType
from soc_tui.model.finding import Confidence, Finding, Severity, TriageState
from soc_tui.model.typed_filter import named, not_named, pieces

_HOST_IOCS = frozenset({"host", "hostname", "device"})
# A name of a title is taken for a host's when it has a digit: "on win-07", "log cleared: srv-1".
_TITLED = re.compile(
    r"(?:\b(?:on|host|device|computer)\s+|:\s+)((?!t\d{4}\b)[a-z][\w-]*\d[\w.-]*)", re.IGNORECASE
)


class Sort(StrEnum):
    """What the findings are ordered by."""

    FOUND = "as found"
    SEVERITY = "severity"
    CONFIDENCE = "confidence"
    TACTIC = "tactic"
    HOST = "host"
    STATE = "state"

    @property
    def following(self) -> Sort:
        """The one after this; the first comes after the last."""
        ways = tuple(Sort)
        return ways[(ways.index(self) + 1) % len(ways)]


@dataclass(frozen=True, slots=True)
class FindingFilter:
    """Which findings are wanted; all that is set must hold. Texts are in lower case.

    Attributes:
        words: Each stands somewhere in the finding.
        severities, confidences, states: Any of these.
        verified: Whether it is grounded; None for both.
        tactics, techniques, hosts: One of the finding's begins with any of these.
        problems: What was typed and not understood, in words.
        unnamed: What was typed as a name that nothing goes by, and is taken as words.
    """

    words: tuple[str, ...] = ()
    severities: tuple[Severity, ...] = ()
    confidences: tuple[Confidence, ...] = ()
    states: tuple[TriageState, ...] = ()
    verified: bool | None = None
    tactics: tuple[str, ...] = ()
    techniques: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    unnamed: tuple[str, ...] = field(default=(), compare=False)


def hosts_of(finding: Finding) -> tuple[str, ...]:
    """Hosts that it is about, each once: of quoted cells, else of IOCs, else of its title."""
    from soc_tui.kql.writing.pivot import Entity, entity_named, entity_of

    quoted = [
        cell.text
        for row in finding.evidence
        for cell in row.quotations
        if entity_named(cell.column) is Entity.HOST
        and entity_of(cell.column, KqlType.STRING, cell.text) is Entity.HOST
    ]
    listed = [ioc.value for ioc in finding.iocs if ioc.type.casefold() in _HOST_IOCS]
    names = quoted or listed or _TITLED.findall(finding.title[:500])
    first: dict[str, str] = {}
    for name in names:
        first.setdefault(name.casefold(), name)
    return tuple(first.values())


def tactics_of(finding: Finding) -> tuple[str, ...]:
    """Tactics that it names, each once."""
    return tuple(dict.fromkeys(mitre.tactic for mitre in finding.mitre if mitre.tactic))


class Texts:
    """What findings say, in lower case, made once for all the words that are looked for."""

    def __init__(self) -> None:
        self._made: dict[int, tuple[Finding, str]] = {}

    def of(self, finding: Finding) -> str:
        """All that words are looked for in."""
        known = self._made.get(id(finding))
        if known is None:
            known = self._made[id(finding)] = (finding, _said(finding))
        return known[1]

    def keep(self, findings: Iterable[Finding]) -> None:
        """Make those of these findings, and forget those of others. Takes up to a second."""
        self._made = {id(finding): (finding, self.of(finding)) for finding in findings}


def arranged(
    findings: tuple[Finding, ...], text: str, by: Sort, texts: Texts | None = None
) -> tuple[Finding, ...]:
    """The findings that a typed filter wants, worst first where there is a worst."""
    wanted, texts = parse_filter(text), texts or Texts()
    kept = [finding for finding in findings if holds(wanted, finding, texts)]
    return tuple(kept if by is Sort.FOUND else sorted(kept, key=_KEYS[by]))


def parse_filter(text: str) -> FindingFilter:
    """What `severity:high state:new verified:no tactic:execution host:win-07 words` asks for.

    No text is an error.
    """
    wanted = FindingFilter(unnamed=not_named(text, NAMES))
    for piece in pieces(text):
        if piece.name in _READERS:
            wanted = _READERS[piece.name](wanted, piece.value) if piece.value else wanted
        elif piece.whole:
            wanted = replace(wanted, words=(*wanted.words, piece.whole.casefold()))
    return wanted


def holds(wanted: FindingFilter, finding: Finding, texts: Texts) -> bool:
    """Whether the finding is one of those that are wanted."""
    return (
        (not wanted.severities or finding.severity in wanted.severities)
        and (not wanted.confidences or finding.confidence in wanted.confidences)
        and (not wanted.states or finding.state in wanted.states)
        and (wanted.verified is None or finding.grounded is wanted.verified)
        and _begins(wanted.tactics, tactics_of(finding))
        and _begins(wanted.techniques, tuple(mitre.id for mitre in finding.mitre))
        and _begins(wanted.hosts, hosts_of(finding) if wanted.hosts else ())
        and (not wanted.words or all(word in texts.of(finding) for word in wanted.words))
    )


def _begins(wanted: tuple[str, ...], names: tuple[str, ...]) -> bool:
    return not wanted or any(name.casefold().startswith(wanted) for name in names)


def _said(finding: Finding) -> str:
    told = [finding.title, finding.description, finding.notes, *finding.tags, *hosts_of(finding)]
    told += [f"{mitre.id} {mitre.name} {mitre.tactic}" for mitre in finding.mitre]
    told += [ioc.value for ioc in finding.iocs]
    told += [cell.text for row in finding.evidence for cell in row.quotations]
    return "\n".join(told).casefold()


def _severity(wanted: FindingFilter, value: str) -> FindingFilter:
    found, problem = named(value, Severity, "severity")
    return replace(
        wanted, severities=(*wanted.severities, *found), problems=(*wanted.problems, *problem)
    )


def _confidence(wanted: FindingFilter, value: str) -> FindingFilter:
    found, problem = named(value, Confidence, "confidence")
    return replace(
        wanted, confidences=(*wanted.confidences, *found), problems=(*wanted.problems, *problem)
    )


def _state(wanted: FindingFilter, value: str) -> FindingFilter:
    found, problem = named(value, TriageState, "state")
    return replace(wanted, states=(*wanted.states, *found), problems=(*wanted.problems, *problem))


def _verified(wanted: FindingFilter, value: str) -> FindingFilter:
    word = value.casefold()
    for answer, verified in (("yes", True), ("no", False)):
        if answer.startswith(word):
            return replace(wanted, verified=verified)
    problem = f"verified is yes or no, not {value[:20]}."
    return replace(wanted, problems=(*wanted.problems, problem))


def _tactic(wanted: FindingFilter, value: str) -> FindingFilter:
    name = re.sub("[-_]", " ", value.casefold())
    return replace(wanted, tactics=(*wanted.tactics, name))


def _technique(wanted: FindingFilter, value: str) -> FindingFilter:
    return replace(wanted, techniques=(*wanted.techniques, value.casefold()))


def _host(wanted: FindingFilter, value: str) -> FindingFilter:
    return replace(wanted, hosts=(*wanted.hosts, value.casefold()))


_READERS: Mapping[str, Callable[[FindingFilter, str], FindingFilter]] = {
    "severity": _severity,
    "confidence": _confidence,
    "state": _state,
    "verified": _verified,
    "tactic": _tactic,
    "technique": _technique,
    "host": _host,
}
NAMES = tuple(_READERS)
"""Names that a filter may have."""

_SEVERITIES, _CONFIDENCES = tuple(Severity), tuple(Confidence)
_STATES = tuple(TriageState)


def _by_tactic(finding: Finding) -> tuple[object, ...]:
    """In the order of an intrusion; unlisted tactics, then none, come last."""
    places = [TACTICS.index(name) for name in tactics_of(finding) if name in TACTICS]
    named_here = "" if places else next(iter(tactics_of(finding)), "")
    return (min(places, default=len(TACTICS)), not named_here and not places, named_here)


def _by_host(finding: Finding) -> tuple[object, ...]:
    host = next(iter(hosts_of(finding)), "")
    return not host, host.casefold()


_KEYS: Mapping[Sort, Callable[[Finding], tuple[object, ...]]] = {
    Sort.SEVERITY: lambda finding: (-_SEVERITIES.index(finding.severity),),
    Sort.CONFIDENCE: lambda finding: (-_CONFIDENCES.index(finding.confidence),),
    Sort.TACTIC: _by_tactic,
    Sort.HOST: _by_host,
    Sort.STATE: lambda finding: (_STATES.index(finding.state),),
}
