"""Rules on the query text itself: length, depth, characters, syntax."""

from __future__ import annotations

import re
import unicodedata

from soc_tui.guardrails.lines import did_you_mean, refuse, warn
from soc_tui.kql.operators.registry import TABULAR_OPERATORS
from soc_tui.kql.syntax.tree import NotKqlError
from soc_tui.kql.text.lexer import Kind, bracket_depth, lexemes
from soc_tui.model.inert import inert
from soc_tui.model.limits import Limits
from soc_tui.model.text_position import line_and_column
from soc_tui.model.verdict import Place, VerdictLine

MAX_DEPTH = 30
"""Deepest nesting of brackets that is judged; what reads them follows each level by a call."""

# Line ends to some readers and none to others: behind one a comment may be over, or not.
_LINE_ENDS = re.compile("[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]|\r(?!\n)")
_SURROGATE = re.compile("[\ud800-\udfff]")
# Bidi controls, which show a text in another order than it is read, and what draws nothing.
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]"
)
_WORD = re.compile(r"\w+")
# What begins a query at the start of a line, and what a query can end with.
_BEGINNING, _WHOLE = (
    re.compile(r"[A-Z]|(?:let|print|search|union)\Z"),
    re.compile(r"[\w)\]\"'`~*]\Z"),
)


def judge_surface(kql: str, limits: Limits) -> list[VerdictLine]:
    """What is wrong with a text whatever it says: empty, too long, too deep, disguised."""
    if not kql.strip():
        return [refuse("query", "No query", hint="Ask for one, or type KQL.")]
    if len(kql) > limits.max_query_chars:
        over = len(kql) - limits.max_query_chars
        size = f"The query has {len(kql):,} characters, {over:,} over the limit of"
        return [refuse("length", f"{size} {limits.max_query_chars:,}", hint="Shorten it.")]
    deepest, where = bracket_depth(kql)
    if deepest > MAX_DEPTH:
        message = f"Brackets are nested {deepest} deep, over the limit of {MAX_DEPTH}"
        return [refuse("depth", message, _place(kql, where), "Split it up with let.")]
    return [] if kql.isascii() and kql.isprintable() else _unseen(kql)


def syntax_line(error: NotKqlError, kql: str) -> VerdictLine:
    """The refusal of a text that is not KQL."""
    found = error.token
    if not found:
        return refuse("syntax", "The query is incomplete", error.place, "Finish it.")
    if found == "." and kql.lstrip().startswith("."):
        message = "Management commands are not allowed"
        return refuse("statement", message, error.place, "Write a query.")
    if not found.isascii():
        return refuse("syntax", f"{_named(found)} is not allowed here", error.place, _HINTS["look"])
    if error.before == "|" and _WORD.fullmatch(found):
        hint = did_you_mean(found, TABULAR_OPERATORS)
        return refuse("operator", f"{found!a} is not an operator", error.place, hint)
    hint = _HINTS.get(found, "Fix it.")
    line = kql.split("\n")[error.place.line - 1]
    is_first = error.place.line > 1 and not line[: error.place.column - 1].strip()
    if is_first and _BEGINNING.match(found) and _WHOLE.search(error.before):
        hint = "It starts a second query: keep one, or continue with |."
    message = f"{inert(found, 60)!a} is not allowed here"
    return refuse("syntax", message, error.place, hint)


_HINTS = {
    "look": "Retype the name: it may contain look-alike letters.",
    "'": "Close the string, or double its backslashes.",
    '"': "Close the string, or double its backslashes.",
}


def _named(character: str) -> str:
    name = unicodedata.name(character[0], "unassigned character")
    return f"{character!a} ({name})"


def _unseen(kql: str) -> list[VerdictLine]:
    """Lines on characters in strings and comments that hide what the text says."""
    if found := _SURROGATE.search(kql):
        message = f"{_named(found[0])} is half a character and cannot be sent"
        return [refuse("text", message, _place(kql, found.start()), "Remove it.")]
    lines = []
    for piece in lexemes(kql):
        if piece.kind is Kind.COMMENT and (
            found := _LINE_ENDS.search(kql, piece.start, piece.end)
            or _LINE_ENDS.match(kql, piece.end)
        ):
            message = f"A comment contains {_named(found[0])}, which may end it"
            hint = "Remove the character."
            return [refuse("text", message, _place(kql, found.start()), hint)]
        if piece.kind in {Kind.COMMENT, Kind.STRING} and (
            found := _UNSEEN.search(kql, piece.start, piece.end)
        ):
            message = f"{_named(found[0])} is invisible, so the text may not be what it seems"
            lines.append(warn("text", message, _place(kql, found.start())))
    return lines[:5]


def _place(kql: str, offset: int) -> Place:
    return Place(*line_and_column(kql, offset))
