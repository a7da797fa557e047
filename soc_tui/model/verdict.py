"""The guardrails' verdict on a plan or a KQL text."""

from dataclasses import dataclass
from enum import IntEnum


class Level(IntEnum):
    """How bad a verdict line is; the highest wins."""

    OK = 0
    WARN = 1
    REFUSE = 2


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the KQL text: 1-based line and column, length in characters."""

    line: int
    column: int
    length: int = 1


@dataclass(frozen=True, slots=True)
class VerdictLine:
    """One rule's word.

    Attributes:
        rule: Short name of the rule ("table", "field", "time bound" ...).
        message: What was found, as shown to the analyst.
        hint: What to do about it, for example the nearest allowed names. May be empty.
        added: What is added to the text by itself when it runs ("a row cap"). May be empty; how
            to run it is for those to say who show the line.
    """

    rule: str
    level: Level
    message: str
    place: Place | None = None
    hint: str = ""
    added: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """All lines on one text. `kql` is the very text judged (empty for a plan)."""

    lines: tuple[VerdictLine, ...]
    kql: str = ""

    @property
    def level(self) -> Level:
        """The worst level of any line."""
        return max((line.level for line in self.lines), default=Level.OK)

    @property
    def allowed(self) -> bool:
        """True when nothing refuses."""
        return self.level is not Level.REFUSE

    @property
    def refusals(self) -> tuple[VerdictLine, ...]:
        """The lines that refuse."""
        return tuple(line for line in self.lines if line.level is Level.REFUSE)
