"""What a query does, in words."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Passage:
    """A part of the text and what it does.

    Attributes:
        line, column: Where it begins, 1-based.
        last_line: The line that it ends on.
        kql: The part on one line, cut where it is long.
        depth: 0 for the query itself, more for what stands in brackets within a part before it.
    """

    line: int
    column: int
    last_line: int
    kql: str
    words: str
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Explanation:
    """A query, part by part.

    Attributes:
        summary: The whole in a sentence or two. May be empty.
        problem: What could not be read, with its place; empty when all was.
        author: Who explains: "the KQL parser", or a model's name.
    """

    passages: tuple[Passage, ...]
    summary: str = ""
    problem: str = ""
    author: str = ""
