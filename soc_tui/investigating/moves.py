"""The readable table of moves: from an entity to the next question."""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass
from importlib import resources

TIME = "time"
"""The entity of moves that need none, only a time."""


@dataclass(frozen=True, slots=True)
class Move:
    """One way on.

    Attributes:
        entity: Value of an EntityKind, or TIME.
        table: Name in the catalog.
        evidence: How much is to be expected there, 1 to 9.
        question: In words; `{value}` stands for the entity.
    """

    entity: str
    table: str
    evidence: int
    question: str

    def asks(self, value: str) -> str:
        """The question about that entity. What the value holds stays text."""
        return self.question.replace("{value}", value)


@functools.cache
def all_moves() -> tuple[Move, ...]:
    """The moves of moves.toml, in its order."""
    text = resources.files(__package__).joinpath("moves.toml").read_text("utf-8")
    return tuple(Move(**one) for one in tomllib.loads(text)["moves"])
