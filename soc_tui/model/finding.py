"""What a hunt found."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Confidence(StrEnum):
    """How sure the analyst is."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Severity(StrEnum):
    """How bad it is if true."""

    INFORMATIONAL = "informational"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class TriageState(StrEnum):
    """Triage state of a finding, set by the user."""

    NEW = "new"
    INVESTIGATING = "investigating"
    TRUE_POSITIVE = "true positive"
    BENIGN = "benign"
    FALSE_POSITIVE = "false positive"
    CLOSED = "closed"


HARMLESS = frozenset({TriageState.BENIGN, TriageState.FALSE_POSITIVE})
"""States that say that nothing is wrong."""


class TechniqueCheck(StrEnum):
    """Whether the MITRE ATT&CK references of a finding hold.

    KNOWN: each is in the list, of that tactic, and fits the cited rows; or none is named.
    NOT_CHECKED: in the list, but nothing in the cited rows is what that technique shows itself in.
    DOUBTED: not in the list, or not of that tactic.
    """

    KNOWN = "known"
    NOT_CHECKED = "not checked"
    DOUBTED = "doubted"


@dataclass(frozen=True, slots=True)
class Checks:
    """What of a finding was held against the rows it cites, and held.

    Attributes:
        rows: Every cited row exists and holds what is quoted of it.
        words: Every name, count, time and indicator in its text is in the cited rows.
        technique: Whether its ATT&CK references hold.
    """

    rows: bool = False
    words: bool = False
    technique: TechniqueCheck = TechniqueCheck.NOT_CHECKED

    @property
    def hold(self) -> bool:
        """True when all three do."""
        return self.rows and self.words and self.technique is TechniqueCheck.KNOWN


@dataclass(frozen=True, slots=True)
class Mitre:
    """A MITRE ATT&CK reference.

    Attributes:
        tactic: Tactic name ("Execution").
        technique: Technique id ("T1059").
        sub_technique: Sub-technique id ("T1059.001"), or empty.
        name: Name of the most specific id ("PowerShell"), or empty.
        description: Why it applies here, or empty.
        version: Version of the ATT&CK list that the id was found in ("19.2"), or empty.
    """

    tactic: str
    technique: str
    sub_technique: str = ""
    name: str = ""
    description: str = ""
    version: str = ""

    @property
    def id(self) -> str:
        """The most specific id."""
        return self.sub_technique or self.technique

    @property
    def tactic_name(self) -> str:
        """The tactic as ATT&CK's data names it: `defense-impairment`; empty where none is told."""
        return self.tactic.casefold().replace(" ", "-")

    @property
    def label(self) -> str:
        """All of it in a line: `MITRE ATT&CK 19.2: T1059.001 PowerShell (Execution). Why`."""
        listed = f" {self.version}" if self.version else ", not confirmed"
        tactic = f"({self.tactic})" if self.tactic else ""
        named = " ".join(part for part in (self.id, self.name, tactic) if part)
        return f"MITRE ATT&CK{listed}: {named}. {self.description}".strip()


@dataclass(frozen=True, slots=True)
class Ioc:
    """An indicator of compromise: type ("ip", "domain", "url", "sha256", "file", ...) and value."""

    type: str
    value: str


@dataclass(frozen=True, slots=True)
class Quotation:
    """A cell as the finding quotes it: column name and quoted text."""

    column: str
    text: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """A cited row and what is quoted of it."""

    row_id: str
    quotations: tuple[Quotation, ...] = ()


@dataclass(frozen=True, slots=True)
class Earlier:
    """The same finding in an earlier hunt, as the user left it.

    Attributes:
        when: Start of that hunt, UTC.
        notes: The user's; empty for none.
    """

    hunt_id: str
    when: dt.datetime
    state: TriageState
    notes: str = ""

    @property
    def text(self) -> str:
        """When, where and what of it, in a line."""
        noted = f" Notes: {self.notes}" if self.notes else ""
        return (
            f"Seen before: {self.state.value} in hunt {self.hunt_id} of "
            f"{self.when:%Y-%m-%d %H:%M} UTC.{noted}"
        )


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found.

    Attributes:
        grounded: True once grounding has shown that all three of its checks hold. A finding
            without evidence is not grounded.
        doubts: Why it is not grounded; empty when it is.
        parts: The findings that a human has merged into this one, as they were; else empty.
        untyped: Indicators that are not of the type they are given as; they are in no list of
            indicators.
        checks: What of it held; None when that is not known, as of one that was never checked or
            was recorded before the three were told apart.
        earlier: The newest triaged finding of an earlier hunt that is the same; None for none.
    """

    title: str
    description: str
    confidence: Confidence
    severity: Severity
    mitre: tuple[Mitre, ...] = ()
    iocs: tuple[Ioc, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    recommendations: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    notes: str = ""
    grounded: bool = False
    doubts: tuple[str, ...] = ()
    state: TriageState = TriageState.NEW
    id: str = ""
    parts: "tuple[Finding, ...]" = ()
    checks: Checks | None = None
    untyped: tuple[Ioc, ...] = ()
    earlier: Earlier | None = None


WHY = "Why is this suspicious?"
NEXT = "What should I do next?"
CONFIRM = "Write the query that would confirm or refute this."
"""Questions on a finding that have a key of their own."""


def number_in(finding_id: str) -> int:
    """The number that the id of a finding says, from 1: `f3`; 0 when it says none."""
    number = finding_id.removeprefix("f")
    return int(number) if number.isascii() and number.isdecimal() and len(number) < 10 else 0


def highest_number(findings: Iterable[Finding]) -> int:
    """The highest number among their ids; 0 for none."""
    return max((number_in(finding.id) for finding in findings), default=0)


@dataclass(frozen=True, slots=True)
class Remark:
    """A question of the user about a finding, and the analyst's answer.

    Attributes:
        finding_id: Of the hunt's finding that it is about.
        kql: A query that would tell more, guarded like any other; empty for none.
        notes: What is doubtful about the answer, and what was done to the query.
    """

    finding_id: str
    question: str
    answer: str
    kql: str = ""
    notes: tuple[str, ...] = ()
