"""All operators of KQL by the grammar's rule for each, and their words."""

from __future__ import annotations

from collections.abc import Mapping

from soc_tui.kql.operators.answers import ANSWERS
from soc_tui.kql.operators.entry import Operator, Written
from soc_tui.kql.operators.filtering import FILTERING
from soc_tui.kql.operators.graphs import GRAPHS
from soc_tui.kql.operators.grouping import GROUPING
from soc_tui.kql.operators.projecting import PROJECTING
from soc_tui.kql.operators.reading_text import READING_TEXT
from soc_tui.kql.operators.refused import REFUSED
from soc_tui.kql.operators.several_tables import SEVERAL_TABLES
from soc_tui.kql.operators.sources import SOURCES
from soc_tui.kql.operators.subqueries import SUBQUERIES
from soc_tui.kql.syntax.vocabulary import OTHER_KEYWORDS

ALL = (
    *FILTERING,
    *PROJECTING,
    *GROUPING,
    *READING_TEXT,
    *SEVERAL_TABLES,
    *SUBQUERIES,
    *ANSWERS,
    *SOURCES,
    *GRAPHS,
    *REFUSED,
)

OPERATORS: Mapping[str, Operator] = {
    rule: one for one in ALL for rule in (one.rule, one.part_rule) if rule
}
"""By the grammar's rule. What is not here is not understood, and refused."""

BY_WORD: Mapping[str, Operator] = {word: one for one in ALL for word in one.words}

TABULAR_OPERATORS = frozenset(
    word for one in ALL if one.written is Written.WORD for word in one.words
)
"""Words that begin a part of a pipe."""

KEYWORDS = OTHER_KEYWORDS | {word for word in BY_WORD if not word.startswith("_")}
"""All words of the language that are no functions."""


_RANKS: Mapping[str, int] = {
    word: rank for one in ALL for word, rank in zip(one.words, one.completing.ranks, strict=False)
}
_COMMON = sorted(_RANKS, key=_RANKS.__getitem__)

OFFERED = (
    *_COMMON,
    *sorted(TABULAR_OPERATORS - {*_COMMON} - {word for one in ALL for word in one.completing.old}),
)
"""Words that are offered behind a pipe, the commonest first."""

BEGINNINGS = tuple(
    one.words[0]
    for one in sorted(ALL, key=lambda one: one.completing.begins)
    if one.completing.begins
)
"""Words that are offered where a query begins."""
