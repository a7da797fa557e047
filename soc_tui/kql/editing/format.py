"""Formats a query, one operator per line. Only white space changes, never a token.

The style is that of https://learn.microsoft.com/kusto/query/ examples.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from soc_tui.kql.syntax.vocabulary import NEGATIONS, words
from soc_tui.kql.text.brackets import PAIRS
from soc_tui.kql.text.lexer import Kind, Lexeme, lexemes

INDENT = 4
_SYMBOLS = frozenset("|.,:;=<>+-*/%@()[]{}")
_CLOSERS = frozenset(PAIRS.values())
_COMPARISONS = frozenset({"==", "=~", "!=", "!~", ">=", "<=", "<>", ">", "<"})
# `long(7)` is one token of KQL, with all that stands between its brackets.
_TYPES = words(
    """
    bool boolean date datetime decimal double float guid int int8 int16 int32 int64 long real
    string time timespan typeof uint uint8 uint16 uint32 uint64 ulong uniqueid uuid
    """
)
# Written without spaces in all documents: `join kind=inner`, `union withsource=T`.
_OPTIONS = frozenset({"kind", "isfuzzy", "withsource", "with_source", "bagexpansion"})
_SPACED = _COMPARISONS | {",", ";"}
_INSIDE_LEFT = frozenset({"(", "["})
_INSIDE_RIGHT = frozenset({")", "]", ",", ";"})


def formatted(kql: str) -> str:
    """The text, laid out; as it is when a string is not closed or a character is not of KQL.

    Each statement and each operator begins a line; queries in brackets are indented. A line break
    inside an operator stays. Comments stay on their lines. Formatting twice changes nothing more.
    """
    pieces = list(lexemes(kql))
    if any(_stray(kql, piece) for piece in pieces):
        return kql
    return _Layout(_tokens(kql, pieces)).text()


def moved(old: str, new: str, offset: int) -> int:
    """Where the place `offset` of `old` is in `new`, which differs in white space only."""
    seen = sum(not character.isspace() for character in old[:offset])
    for index, character in enumerate(new):
        if not seen:
            return index
        seen -= not character.isspace()
    return len(new)


def _stray(kql: str, piece: Lexeme) -> bool:
    if piece.kind is Kind.SYMBOL:
        return piece.end == piece.start + 1 and kql[piece.start] not in _SYMBOLS
    if piece.kind is Kind.NAME and kql[piece.start] == "!":
        return kql[piece.start : piece.end] not in NEGATIONS
    return piece.kind is Kind.UNCLOSED


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    kind: Kind
    breaks: int
    """Line ends before it."""
    spaced: bool
    """Whether any white space stands before it."""

    @property
    def comment(self) -> bool:
        return self.kind is Kind.COMMENT

    @property
    def opens(self) -> bool:
        return self.kind is Kind.SYMBOL and self.text[-1] in PAIRS

    @property
    def closes(self) -> bool:
        return self.kind is Kind.SYMBOL and self.text[0] in _CLOSERS

    def among(self, symbols: frozenset[str]) -> bool:
        return self.kind is Kind.SYMBOL and self.text in symbols

    def is_symbol(self, symbol: str) -> bool:
        return self.kind is Kind.SYMBOL and self.text == symbol


def _tokens(kql: str, pieces: Sequence[Lexeme]) -> list[_Token]:
    found: list[_Token] = []
    end = index = 0
    while index < len(pieces):
        last = _end_of_literal(kql, pieces, index)
        start, gap = pieces[index].start, kql[end : pieces[index].start]
        end = pieces[last].end
        breaks = gap.replace("\r\n", "\n").replace("\r", "\n").count("\n")
        found.append(_Token(kql[start:end], pieces[index].kind, breaks, bool(gap)))
        index = last + 1
    return found


def _end_of_literal(kql: str, pieces: Sequence[Lexeme], index: int) -> int:
    """Index of the last piece of the typed literal at `index`; `index` where there is none.

    One that is not closed goes on to the end.
    """
    name = pieces[index]
    if name.kind is not Kind.NAME or kql[name.start : name.end] not in _TYPES:
        return index
    if kql[name.end : name.end + 1] != "(":
        return index
    depth = 0
    for at in range(index + 1, len(pieces)):
        if pieces[at].kind is Kind.SYMBOL:
            depth += kql[pieces[at].start : pieces[at].end].count("(")
            depth -= kql[pieces[at].start : pieces[at].end].count(")")
        if not depth:
            return at
    return len(pieces) - 1


@dataclass(frozen=True, slots=True)
class _Open:
    """A bracket that is open: whether a query stands in it, and how far its line is indented."""

    query: bool
    indent: int


@dataclass(slots=True)
class _Layout:
    """Writes the tokens one by one; what it knows is what stands before the next."""

    tokens: list[_Token]
    out: list[str] = field(default_factory=list)
    opened: list[_Open] = field(default_factory=list)
    line_indent: int = 0
    following: list[_Token | None] = field(default_factory=list)
    """For each token itself, or the next one that is no comment."""
    significant: _Token | None = None
    """The last token that is no comment."""

    def text(self) -> str:
        queries = _query_brackets(self.tokens)
        self.following = _following(self.tokens)
        for index, token in enumerate(self.tokens):
            closed = self.opened.pop() if token.closes and self.opened else None
            if index:
                self._gap(index, closed)
            self.out.append(token.text)
            if token.opens:
                self.opened.append(_Open(index in queries, self.line_indent))
            if not token.comment:
                self.significant = token
        return "".join(self.out)

    def _gap(self, index: int, closed: _Open | None) -> None:
        previous, token = self.tokens[index - 1], self.tokens[index]
        if self._breaks(previous, token, closed):
            blank = self._keeps_blank(previous, token)
            self.line_indent = self._indent(index, closed, blank=blank)
            self.out.append(("\n\n" if blank else "\n") + " " * self.line_indent)
        elif self._spaced(index):
            self.out.append(" ")

    def _breaks(self, previous: _Token, token: _Token, closed: _Open | None) -> bool:
        if previous.comment:
            return True
        if token.comment:
            return token.breaks > 0
        if token.is_symbol("|") or (closed is not None and closed.query):
            return True
        if self._in_query and (previous.is_symbol(";") or (previous.opens and closed is None)):
            return True
        return token.breaks > 0 and not previous.is_symbol("|")

    def _spaced(self, index: int) -> bool:
        """Whether a space stands before a token that begins no line."""
        previous, token = self.tokens[index - 1], self.tokens[index]
        if token.comment or previous.is_symbol("|"):
            return True
        if previous.among(_INSIDE_LEFT) or token.among(_INSIDE_RIGHT):
            return False
        if previous.among(_SPACED) or token.among(_COMPARISONS):
            return True
        if token.is_symbol("=") and not self._is_option(index - 1):
            return True
        if previous.is_symbol("=") and not self._is_option(index - 2):
            return True
        return token.spaced

    def _is_option(self, index: int) -> bool:
        """Whether the token names an option: `kind`, `hint.strategy`."""
        if index < 0:
            return False
        hint = index >= 2 and self.tokens[index - 2].text == "hint"
        return self.tokens[index].text in _OPTIONS or hint

    @property
    def _in_query(self) -> bool:
        return not self.opened or self.opened[-1].query

    def _keeps_blank(self, previous: _Token, token: _Token) -> bool:
        """One empty line stays between statements and around their comments."""
        if token.breaks < 2 or not self._in_query or token.is_symbol("|") or token.closes:
            return False
        return not self.opened or token.comment or previous.comment or previous.is_symbol(";")

    def _indent(self, index: int, closed: _Open | None, *, blank: bool) -> int:
        if closed is not None:
            return closed.indent
        base = self.opened[-1].indent + INDENT if self.opened else 0
        if not self._in_query:
            return base
        following = self.following[index]
        if following is None or following.is_symbol("|") or following.closes:
            return base
        before = self.significant
        begins = before is None or before.is_symbol(";") or before.opens or blank
        return base if begins else base + INDENT


def _following(tokens: Sequence[_Token]) -> list[_Token | None]:
    found: list[_Token | None] = []
    following: _Token | None = None
    for token in reversed(tokens):
        following = following if token.comment else token
        found.append(following)
    found.reverse()
    return found


def _query_brackets(tokens: Sequence[_Token]) -> set[int]:
    """Which opening brackets hold a query with operators, or statements."""
    found: set[int] = set()
    opened: list[int] = []
    for index, token in enumerate(tokens):
        if token.closes and opened:
            opened.pop()
        if token.opens:
            opened.append(index)
        elif opened and (
            token.is_symbol("|") or (token.is_symbol(";") and tokens[opened[-1]].text == "{")
        ):
            found.add(opened[-1])
    return found
