"""duckdb_kql's ANTLR parser, run for speed and with a bound on its work. Heavy: import it lazily.

The tree is the one that `duckdb_kql.parse` gives (tests/kql/test_tree.py holds it). What differs:
the stream holds no white space and comments; prediction is SLL, which ANTLR promises to give the
same tree as LL or an error; nothing is recovered behind the first error; a bounded number of tokens
is looked at, so that no text can make the parser work for long.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from antlr4 import InputStream, Token
from antlr4.atn.PredictionMode import PredictionMode
from antlr4.error.ErrorListener import ErrorListener
from antlr4.error.ErrorStrategy import DefaultErrorStrategy
from antlr4.tree.Tree import TerminalNodeImpl
from duckdb_kql._antlr.KqlLexer import KqlLexer
from duckdb_kql._antlr.KqlParser import KqlParser

from soc_tui.kql.syntax.kusto_tokens import Reading, as_kusto_reads

MAX_TOKENS = 8_000
"""Most tokens that are parsed; 20,000 characters of ordinary queries have 6,000."""

_ONE_LINE = frozenset(
    {
        KqlLexer.DATETIMELITERAL,
        KqlLexer.DECIMALLITERAL,
        KqlLexer.GUIDLITERAL,
        KqlLexer.INTLITERAL,
        KqlLexer.LONGLITERAL,
        KqlLexer.REALLITERAL,
        KqlLexer.TIMESPANLITERAL,
    }
)
"""Literals like `datetime(…)`: Kusto ends them with their line."""
_NO_GUIDS = ("uuid", "uniqueid")
"""What the lexer takes for `guid(…)`; to Kusto `uuid(…)` is a call, and may be of a let's."""

_LOOKS_PER_TOKEN = 60
"""Most looks at tokens for each token of the text; ordinary queries need 3 to 8."""


def _state_that_calls(rule: int) -> int:
    """A state of the grammar's automaton that goes into a rule."""
    atn = KqlParser.atn
    start = atn.ruleToStartState[rule]
    callers = (one for one in atn.states if any(way.target is start for way in one.transitions))
    return int(next(one.stateNumber for one in callers if one.ruleIndex != rule))


_BEHIND_A_PIPE = _state_that_calls(KqlParser.RULE_afterPipeOperator)


class FirstError(Exception):
    """The first thing that does not parse.

    Args:
        token: Text of the token there; "" at the end of the text and for no token at all.
        before: Text of the token before it, or "".
        start: Offset of the token.
        line, column: 1-based.
    """

    def __init__(self, token: str, before: str, start: int, line: int, column: int) -> None:
        super().__init__(f"unexpected {token!a} at {line}:{column}")
        self.token = token
        self.before = before
        self.start = start
        self.line = line
        self.column = column


class TooMuchWorkError(Exception):
    """The text has more tokens than are parsed, or makes the parser look ahead far too often."""


def parse(kql: str) -> Any:
    """The parse tree of a query.

    Raises:
        FirstError: it does not parse.
        TooMuchWorkError: it takes too much work to tell.
        RecursionError: it is nested too deeply.
    """
    parser = _Parser(_Tokens(_read(kql).kept))
    parser._interp.predictionMode = PredictionMode.SLL
    tree = parser.top()  # type: ignore[no-untyped-call]
    # The last way back: the simulator holds the parser and the context of its last prediction.
    parser._interp = None
    return tree


def grammar_edits(kql: str) -> Mapping[tuple[int, int], str]:
    """What to write in place of parts of a query, by offsets, so that the grammar reads the same.

    Raises:
        FirstError: it has what is no token.
        TooMuchWorkError: it has too many tokens.
    """
    return _read(kql).edits


def _read(kql: str) -> Reading:
    lexer = KqlLexer(InputStream(kql))
    lexer.removeErrorListeners()
    lexer.addErrorListener(_LexerErrors())
    tokens: list[Any] = []
    while True:
        token = lexer.nextToken()
        if token.channel == Token.DEFAULT_CHANNEL:
            if token.type in _ONE_LINE and not _is_kustos(token):
                raise FirstError(token.text, "", token.start, token.line, token.column + 1)
            tokens.append(token)
            if len(tokens) > MAX_TOKENS:
                raise TooMuchWorkError
        if token.type == Token.EOF:
            return as_kusto_reads(kql, tokens)


def _is_kustos(literal: Any) -> bool:
    text = literal.text.lower()
    return "\n" not in text and "\r" not in text and not text.startswith(_NO_GUIDS)


class _LexerErrors(ErrorListener):  # type: ignore[misc]
    def syntaxError(  # noqa: N802, PLR0917
        self, recognizer: Any, offending: Any, line: int, column: int, msg: str, e: Any
    ) -> None:
        start = int(e.startIndex)
        raise FirstError(
            recognizer.inputStream.strdata[start : start + 1], "", start, line, column + 1
        )


class _ParserErrors(ErrorListener):  # type: ignore[misc]
    def syntaxError(  # noqa: N802, PLR0917
        self, recognizer: Any, offending: Any, line: int, column: int, msg: str, e: Any
    ) -> None:
        # ANTLR names the token where it gave up; the one it could not take is as far as it looked.
        stream = recognizer.getTokenStream()
        index = max(offending.tokenIndex, stream.furthest)
        token = stream.tokens[index]
        before = stream.tokens[index - 1].text if index else ""
        text = "" if token.type == Token.EOF else token.text
        raise FirstError(text, before, token.start, token.line, token.column + 1)


class _NoRecovery(DefaultErrorStrategy):  # type: ignore[misc]
    def sync(self, recognizer: Any) -> None:
        """Nothing: what it would find is found at the next token all the same."""


class _Tokens:
    """ANTLR's token stream, over a list that ends with EOF."""

    __slots__ = ("_left", "furthest", "index", "tokenSource", "tokens")

    def __init__(self, tokens: list[Any]) -> None:
        self.tokens = tokens
        self.index = 0
        self.furthest = 0
        self.tokenSource = None
        self._left = _LOOKS_PER_TOKEN * len(tokens) + 2_000

    def LT(self, k: int) -> Any:  # noqa: N802
        at = self.index + (k - 1 if k > 0 else k)
        return self.tokens[min(at, len(self.tokens) - 1)] if at >= 0 else None

    def LA(self, k: int) -> int:  # noqa: N802
        return int(self.LT(k).type)

    def consume(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise TooMuchWorkError
        if self.index < len(self.tokens) - 1:
            self.index += 1
            self.furthest = max(self.furthest, self.index)

    def seek(self, index: int) -> None:
        self.index = index

    def mark(self) -> int:
        return 0

    def release(self, marker: int) -> None:
        pass

    def get(self, index: int) -> Any:
        return self.tokens[index]

    def getText(self, start: Any = None, stop: Any = None) -> str:  # noqa: N802
        """Only for ANTLR's own error messages, which are not shown."""
        return ""


class _Parser(KqlParser):
    """The generated parser without the listeners and checks that it has at each token."""

    state = -1  # in ANTLR a property with a setter, which is called at each step of each rule

    def __init__(self, tokens: _Tokens) -> None:
        super().__init__(tokens)
        self.removeErrorListeners()
        self.addErrorListener(_ParserErrors())
        self._errHandler = _NoRecovery()
        self._any_operator = False

    def enterRule(self, localctx: Any, state: int, ruleIndex: int) -> None:  # noqa: N802, N803
        self.state = state
        stream = self._input
        localctx.start = stream.tokens[stream.index]
        self._ctx = localctx
        _append(localctx.parentCtx, localctx)

    def exitRule(self) -> None:  # noqa: N802
        context, stream = self._ctx, self._input
        context.stop = stream.tokens[stream.index - 1] if stream.index else None
        self.state = context.invokingState
        self._ctx = context.parentCtx
        # A tree without ways back is freed when it is dropped, not by the garbage collector.
        context.parentCtx = None

    def enterOuterAlt(self, localctx: Any, altNum: int) -> None:  # noqa: N802, N803
        if self._ctx is not localctx:
            super().enterOuterAlt(localctx, altNum)

    # Kusto takes every operator in `facet by … with (…)`, the grammar those of `fork` only.

    def facetByOperatorWithExpressionClause(self) -> Any:  # noqa: N802
        any_operator, self._any_operator = self._any_operator, True
        clause = super().facetByOperatorWithExpressionClause()  # type: ignore[no-untyped-call]
        self._any_operator = any_operator
        return clause

    def forkOperatorFork(self) -> Any:  # noqa: N802
        any_operator, self._any_operator = self._any_operator, False
        branch = super().forkOperatorFork()  # type: ignore[no-untyped-call]
        self._any_operator = any_operator
        return branch

    def forkPipeOperator(self) -> Any:  # noqa: N802
        if not self._any_operator:
            return super().forkPipeOperator()  # type: ignore[no-untyped-call]
        operator = KqlParser.ForkPipeOperatorContext(self, self._ctx, self.state)
        # As where the grammar has any operator, so that ANTLR can tell what may come behind it.
        self.enterRule(operator, _BEHIND_A_PIPE, KqlParser.RULE_forkPipeOperator)
        try:
            self.afterPipeOperator()  # type: ignore[no-untyped-call]
        finally:
            self.exitRule()
        return operator

    def match(self, ttype: int) -> Any:
        if self._input.tokens[self._input.index].type != ttype:
            return super().match(ttype)
        return self.consume()

    def consume(self) -> Any:
        stream, context = self._input, self._ctx
        token = stream.tokens[stream.index]
        stream.consume()
        _append(context, TerminalNodeImpl(token))
        return token


def _append(parent: Any, node: Any) -> None:
    if parent is None:
        return
    if parent.children is None:
        parent.children = [node]
    else:
        parent.children.append(node)
