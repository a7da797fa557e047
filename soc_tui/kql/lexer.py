"""A lexer of KQL that takes any text: for the editor's colours, and to look before parsing.

Lexical rules: https://learn.microsoft.com/kusto/query/scalar-data-types/string and
https://learn.microsoft.com/kusto/query/schema-entities/entity-names
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a piece of text is."""

    COMMENT = "comment"
    STRING = "string"
    UNCLOSED = "unclosed string"
    NUMBER = "number"
    NAME = "name"
    SYMBOL = "symbol"


@dataclass(frozen=True, slots=True)
class Lexeme:
    """A piece of the text: `text[start:end]`. White space is between them."""

    kind: Kind
    start: int
    end: int


# Possessive repeats and no nesting: linear in the text, whatever it holds.
_PATTERN = re.compile(
    r"""
    (?P<comment>//[^\r\n]*+)
  | (?P<string>
        [hH]?(?:```(?s:.*?)```|~~~(?s:.*?)~~~)
      | [hH]?@(?:"(?:[^"\r\n]|"")*+"|'(?:[^'\r\n]|'')*+')
      | [hH]?(?:"(?:[^"\\\r\n]|\\[^\r\n])*+"|'(?:[^'\\\r\n]|\\[^\r\n])*+'))
  | (?P<unclosed>[hH]?(?:```|~~~)(?s:.*)|[hH]?@?["'][^\r\n]*+)
  | (?P<number>
        0[xX][0-9a-fA-F]++
      | \d++(?:\.\d++)?(?:[eE][+-]?\d++)?
        (?:microseconds?|nanoseconds?|milliseconds?|seconds?|minutes?|hours?|days?|ticks?
          |micros?|nanos?|millis?|secs?|mins?|hrs?|ms|d|h|m|s)?(?![A-Za-z0-9_]))
  | (?P<name>
        (?:project-(?:away|keep|rename|reorder|smart)|mv-(?:apply|expand)|make-(?:series|graph)
          |parse-(?:where|kv)|sample-distinct|top-(?:nested|hitters)|macro-expand|assert-schema
          |graph-(?:match|to-table|shortest-paths|mark-components)|materialized-view-combine
          |partitioned-by)(?![A-Za-z0-9_])
      | !?[A-Za-z_$][A-Za-z0-9_]*+~?
      | \d++[A-Za-z0-9_]++)
  | (?P<symbol>[^\s])
    """,
    re.VERBOSE,
)
_KINDS = {kind.split()[0]: kind for kind in Kind}


def lexemes(text: str) -> Iterator[Lexeme]:
    """The pieces of any text, in order, without overlap."""
    position = 0
    while found := _PATTERN.search(text, position):
        yield Lexeme(_KINDS[found.lastgroup or "symbol"], found.start(), found.end())
        position = found.end()
