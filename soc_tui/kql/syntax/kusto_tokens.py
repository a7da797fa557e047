"""Reads tokens as Kusto does, where the grammar of duckdb_kql does not. Heavy: import it lazily.

Each reading is told twice: as tokens for our parser, and as an edit of the text into a form of the
grammar, for duckdb_kql's own. None of it can hide a table: what becomes a name is a name for all
that look for tables, and brackets stay where they are.

Sources: https://learn.microsoft.com/kusto/query/ under parse-kv, count, materialize, datetime; and
for names, github.com/microsoft/Kusto-Query-Language, SyntaxFacts.cs (keywords that can be
identifiers, and words of the grammar that are no keywords there, as those of charts).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from antlr4 import Token
from duckdb_kql._antlr.KqlLexer import KqlLexer

from soc_tui.kql.syntax.operator_words import OPERATOR_WORDS, is_name
from soc_tui.kql.syntax.vocabulary import is_parameter

Span = tuple[int, int]


@dataclass(slots=True)
class Reading:
    """The tokens of a query, as they are read so far.

    Attributes:
        kql: The text.
        left: Tokens that are not read yet, the next one last.
        kept: Tokens for the parser.
        edits: What to write in place of parts of the text for the grammar to read the same.
        operator: Type of the token that began the operator of the pipe that is read.
    """

    kql: str
    left: list[Any]
    kept: list[Any] = field(default_factory=list)
    edits: dict[Span, str] = field(default_factory=dict)
    operator: int = Token.EOF

    def behind(self, further: int = 0) -> Any:
        """The next token that is not read yet, or one further on; the last one at the end."""
        return self.left[max(-len(self.left), -1 - further)] if self.left else self.kept[-1]

    def before(self, further: int = 0) -> int:
        """The type of the last token kept, or of one before it."""
        return int(self.kept[-1 - further].type) if further < len(self.kept) else Token.EOF

    def keep(self, token: Any) -> None:
        """Give the parser a token."""
        token.tokenIndex = len(self.kept)
        self.kept.append(token)

    def edit(self, first: Any, last: Any, new: str) -> None:
        """Say the text from one token to another otherwise."""
        self.edits[first.start, last.stop + 1] = new


def as_kusto_reads(kql: str, tokens: list[Any]) -> Reading:
    """The tokens of a text, which end with EOF, as Kusto reads them."""
    reading = Reading(kql, tokens[::-1])
    while reading.left:
        token = reading.left.pop()
        if token.type in _PIPES or (reading.left and reading.behind().type == KqlLexer.PARSEKV):
            reading.operator = int(reading.behind().type)
        if token.type in OPERATOR_WORDS and _is_no_operator(reading, token):
            _as_name(reading, token)
        read = _READ.get(token.type)
        if read is None or not read(reading, token):
            reading.keep(token)
    return reading


def _parse_kv_as(reading: Reading, token: Any) -> bool:
    """`parse-kv a as (`: the grammar has no `as` there."""
    if reading.operator != KqlLexer.PARSEKV or reading.behind().type != KqlLexer.OPENPAREN:
        return False
    reading.edit(token, token, "")
    return True


def _comma(reading: Reading, token: Any) -> bool:
    """`, by`: the comma means nothing."""
    if reading.behind().type != KqlLexer.BY:
        return False
    reading.edit(token, token, " ")
    return True


def _serialize(reading: Reading, token: Any) -> bool:
    """`serialize` by itself keeps all rows as they are."""
    if reading.behind().type not in _PIPE_ENDS:
        return False
    if reading.before() == KqlLexer.OPENPAREN and reading.before(1) == KqlLexer.WITH:  # of `facet`
        reading.edit(token, token, "where true")
        reading.keep(_made(token, KqlLexer.WHERE, "where"))
        reading.keep(_made(token, KqlLexer.BOOLEANLITERAL, "true"))
        return True
    if reading.before() != KqlLexer.BAR:
        return False
    reading.edit(reading.kept.pop(), token, "")
    return True


def _date(reading: Reading, token: Any) -> bool:
    """`date(2026-11-24)` is `datetime(2026-11-24)`."""
    if reading.behind().type != KqlLexer.OPENPAREN:
        return _name(reading, token)
    end = reading.kql.find(")", token.stop)
    if end < 0 or not _MOMENT.fullmatch(reading.kql, reading.behind().stop + 1, end):
        return False
    reading.edit(token, token, "datetime")
    token.type, token.stop = KqlLexer.DATETIMELITERAL, end
    while reading.behind().start <= end and reading.behind().type != Token.EOF:
        reading.left.pop()
    return False


def _materialize(reading: Reading, token: Any) -> bool:
    """`materialize(…)` gives the rows of its brackets; the grammar has it as a whole `let` only."""
    if reading.behind().type != KqlLexer.OPENPAREN or _is_whole_let(reading):
        return False
    reading.edit(token, token, "")
    return True


def _is_whole_let(reading: Reading) -> bool:
    if reading.before() != KqlLexer.EQUAL or reading.before(2) != KqlLexer.LET:
        return False
    depth = 0
    for token, following in pairwise(reversed(reading.left)):
        depth += (token.type == KqlLexer.OPENPAREN) - (token.type == KqlLexer.CLOSEPAREN)
        if not depth:
            return int(following.type) == KqlLexer.SEMICOLON
    return False


def _count(reading: Reading, token: Any) -> bool:
    """`count as n` is `summarize n = count()`."""
    if reading.behind().type != KqlLexer.AS or not _is_keyword(reading, token):
        return _name(reading, token)
    as_, named = reading.left[-1], reading.behind(1)
    if named.type != KqlLexer.IDENTIFIER and named.type not in _NAMES:
        return False
    del reading.left[-2:]
    quoted = named.text if named.type == KqlLexer.IDENTIFIER else f"['{named.text}']"
    reading.edit(token, named, f"summarize {quoted} = count()")
    named.type = KqlLexer.IDENTIFIER
    reading.keep(_made(token, KqlLexer.SUMMARIZE, "summarize"))
    reading.keep(named)
    for word in ("=", "count", "(", ")"):
        reading.keep(_made(as_ if word != ")" else named, _TYPES[word], word))
    return True


def _distinct(reading: Reading, token: Any) -> bool:
    """`distinct a = f(b)`: the grammar takes `a = f` for a parameter, and `(b)` for a value."""
    named, sign = reading.behind(), reading.behind(1)
    if named.type != KqlLexer.IDENTIFIER or sign.type != KqlLexer.EQUAL:
        return False
    if is_parameter(named.text):
        return False
    reading.keep(token)
    reading.left.pop()
    _keep_quoted(reading, named, named.text)
    reading.edit(named, named, f"['{named.text}']")
    return True


def _keep_quoted(reading: Reading, place: Any, name: str) -> None:
    """A name in brackets, which is a name and nothing else wherever it stands."""
    reading.keep(_made(place, KqlLexer.OPENBRACKET, "["))
    reading.keep(_made(place, KqlLexer.STRINGLITERAL, f"'{name}'"))
    reading.keep(_made(place, KqlLexer.CLOSEBRACKET, "]"))


def _project_by_names(reading: Reading, token: Any) -> bool:
    """`project-by-names 'a', 'b'` is `project ['a'], ['b']`; the grammar has no such operator."""
    words = [reading.behind(further).text for further in range(4)]
    if words != ["-", "by", "-", "names"] or reading.before() not in _BEFORE_AN_OPERATOR:
        return False
    at, named = _listed_names(reading)
    if not named or reading.behind(at).type not in _PIPE_ENDS:
        return False
    columns = ", ".join(f"['{name}']" for _, name in named)
    reading.edit(token, reading.behind(at - 1), f"project {columns}")
    reading.keep(token)
    for number, (place, name) in enumerate(named):
        if number:
            reading.keep(_made(place, KqlLexer.COMMA, ","))
        _keep_quoted(reading, place, name)
    del reading.left[-at:]
    return True


def _listed_names(reading: Reading) -> tuple[int, list[tuple[Any, str]]]:
    """Names behind `project-by-names`, each with its first token, and where they end.

    Literals side by side are one, `dynamic(['a', 'b'])` is several names.
    """
    named: list[tuple[Any, str]] = []
    at, depth, joins = 4, 0, False
    while True:
        token = reading.behind(at)
        depth += (token.text in {"(", "["}) - (token.text in {")", "]"})
        if _PLAIN_STRING.fullmatch(token.text):
            name = _written_name(token.text)
            if joins:
                named[-1] = (named[-1][0], named[-1][1] + name)
            else:
                named.append((token, name))
            joins = True
        elif depth >= 0 and (token.type == KqlLexer.COMMA or token.text in _LIST_SIGNS):
            joins = False
        else:
            return at, named
        at += 1


def _written_name(literal: str) -> str:
    """The name in a literal, for brackets with plain quotes."""
    inner = literal.lstrip("@")[1:-1]
    if literal.startswith("@"):
        inner = inner.replace(literal[-1] * 2, literal[-1])
    return inner.replace("\\", "\\\\").replace("'", "\\'")


def _view(reading: Reading, token: Any) -> bool:
    """`view (T: (*))`: the grammar has no tables among the parameters of a view."""
    if reading.behind().type != KqlLexer.OPENPAREN or reading.before() != KqlLexer.EQUAL:
        return False
    further = 1
    while reading.behind(further).type not in {KqlLexer.CLOSEPAREN, KqlLexer.OPENPAREN, Token.EOF}:
        further += 1
    if reading.behind(further).type != KqlLexer.OPENPAREN:
        return False
    reading.edit(token, token, "")
    return True


def _star_schema(reading: Reading, token: Any) -> bool:
    """`evaluate bag_unpack(a) : (*, b: string)`: the grammar has no star there."""
    if reading.operator != KqlLexer.EVALUATE or reading.before() != KqlLexer.OPENPAREN:
        return False
    if reading.before(1) != KqlLexer.COLON or reading.behind().type != KqlLexer.COMMA:
        return False
    reading.edit(token, reading.left.pop(), "")
    return True


def _regex(reading: Reading, token: Any) -> bool:
    """`parse-kv a as (b: string) with (regex = 'x')`."""
    if reading.operator == KqlLexer.PARSEKV and reading.behind().type == KqlLexer.EQUAL:
        reading.edit(token, token, "['regex']")
        token.type = KqlLexer.IDENTIFIER
    return False


def _made(place: Any, kind: int, text: str) -> Any:
    """A token that is not in the text, at the place of one that is."""
    token = place.clone()
    token.type, token.text = kind, text
    return token


def _name(reading: Reading, token: Any) -> bool:
    """A word that is a keyword in some places is a name in all others."""
    if not _is_keyword(reading, token):
        _as_name(reading, token)
    return False


def _as_name(reading: Reading, token: Any) -> None:
    reading.edit(token, token, f"['{token.text}']")
    token.type = KqlLexer.IDENTIFIER


def _is_no_operator(reading: Reading, token: Any) -> bool:
    before = reading.before(), reading.before(1)
    behind = reading.behind().type, reading.behind(1).type
    return is_name(token.type, before, behind, reading.operator)


def _is_keyword(reading: Reading, token: Any) -> bool:
    before, behind = reading.before(), int(reading.behind().type)
    is_render = reading.operator == KqlLexer.RENDER
    if token.type == KqlLexer.TABLE or token.type in _CHARTS:
        return is_render
    if token.type == KqlLexer.KIND:
        return behind == KqlLexer.EQUAL and (is_render or before not in _NAMING)
    if behind == KqlLexer.OPENPAREN:
        return True
    if before == KqlLexer.EQUAL:
        return reading.before(1) == KqlLexer.OUTPUT  # `scan` has steps with output=last
    if token.type == KqlLexer.COUNT and before == KqlLexer.OPENPAREN:
        # `sum(count)` and `(count > 1)`, but `fork (count)` and `partition by x (count)`
        called = reading.before(1) == KqlLexer.IDENTIFIER and reading.before(2) not in _BEFORE_A_KEY
        return not called and behind in {KqlLexer.CLOSEPAREN, KqlLexer.BAR, KqlLexer.AS}
    return before in _NAMES[token.type]


_TYPES = {
    "=": KqlLexer.EQUAL,
    "count": KqlLexer.COUNT,
    "(": KqlLexer.OPENPAREN,
    ")": KqlLexer.CLOSEPAREN,
}
_PIPES = frozenset({KqlLexer.BAR, KqlLexer.SEMICOLON})
_BEFORE_AN_OPERATOR = frozenset({KqlLexer.BAR, KqlLexer.OPENPAREN, KqlLexer.WITH})
_PIPE_ENDS = frozenset(
    {KqlLexer.BAR, KqlLexer.CLOSEPAREN, KqlLexer.CLOSEBRACE, KqlLexer.SEMICOLON, Token.EOF}
)
_PLAIN_STRING = re.compile(r"""'[^'\\*]+'|"[^"\\*]+"|@'(?:[^'*]|'')+'|@"(?:[^"*]|"")+\"""")
_LIST_SIGNS = frozenset({"dynamic", "(", ")", "[", "]"})
_MOMENT = re.compile(r"[ \t]*\d[\dTtZz:.+\-/ ]*|[ \t]*null[ \t]*")
_BEFORE_A_KEY = frozenset({KqlLexer.BY, KqlLexer.DOT, KqlLexer.PARTITIONBY})
# Behind these `kind =` gives a column its name; behind all others it is a parameter.
_NAMING = frozenset(
    {
        KqlLexer.BY,
        KqlLexer.COMMA,
        KqlLexer.EXTEND,
        KqlLexer.LET,
        KqlLexer.OPENPAREN,
        KqlLexer.PRINT,
        KqlLexer.PROJECT,
        KqlLexer.PROJECTRENAME,
        KqlLexer.SUMMARIZE,
    }
)
_CHARTS = frozenset(
    {
        KqlLexer.ANOMALYCHART,
        KqlLexer.AREACHART,
        KqlLexer.BARCHART,
        KqlLexer.CARD,
        KqlLexer.COLUMNCHART,
        KqlLexer.LADDERCHART,
        KqlLexer.LINECHART,
        KqlLexer.PANELS,
        KqlLexer.PIECHART,
        KqlLexer.PIVOTCHART,
        KqlLexer.SCATTERCHART,
        KqlLexer.TIMECHART,
        KqlLexer.TIMELINE,
        KqlLexer.TIMEPIVOT,
        KqlLexer.TITLE,
        KqlLexer.TREEMAP,
    }
)
_SORTED = frozenset({KqlLexer.NULLS, KqlLexer.COLON})
_NOWHERE: frozenset[int] = frozenset()
_NAMES: Mapping[int, frozenset[int]] = {
    KqlLexer.COUNT: frozenset({Token.EOF, KqlLexer.BAR, KqlLexer.WITH}),
    KqlLexer.DATE: _SORTED,
    KqlLexer.FIRST: _SORTED,
    KqlLexer.KIND: _NOWHERE,
    KqlLexer.LAST: _SORTED,
    KqlLexer.OTHERS: frozenset({KqlLexer.WITH}),
    KqlLexer.TABLE: _NOWHERE,
    KqlLexer.TIME: _SORTED,
    **dict.fromkeys(_CHARTS, _NOWHERE),
}
"""Words that are names too, and the tokens behind which they are keywords for sure."""

_READ: Mapping[int, Callable[[Reading, Any], bool]] = {
    **dict.fromkeys(_NAMES, _name),
    KqlLexer.AS: _parse_kv_as,
    KqlLexer.ASTERISK: _star_schema,
    KqlLexer.COMMA: _comma,
    KqlLexer.COUNT: _count,
    KqlLexer.DATE: _date,
    KqlLexer.DISTINCT: _distinct,
    KqlLexer.MATERIALIZE: _materialize,
    KqlLexer.PROJECT: _project_by_names,
    KqlLexer.REGEX: _regex,
    KqlLexer.SERIALIZE: _serialize,
    KqlLexer.VIEW: _view,
}
"""How tokens are read that the grammar reads otherwise; true where it is kept already, or left."""
