"""Words of operators where they are names: `d.order`, `where filter == 1`. Heavy: import it lazily.

The grammar of duckdb_kql has them as operators everywhere; Kusto takes them as names wherever no
operator can stand. None can where an operand is awaited, or where what follows asks for one.

Source: github.com/microsoft/Kusto-Query-Language, SyntaxFacts.cs (keywords that can be
identifiers), held against Microsoft's own parser (tests/oracle).
"""

from __future__ import annotations

from duckdb_kql._antlr.KqlLexer import KqlLexer

OPERATOR_WORDS = frozenset(
    {
        KqlLexer.ANOMALYCOLUMNS,
        KqlLexer.CONSUME,
        KqlLexer.DISTINCT,
        KqlLexer.ENTITYGROUP,
        KqlLexer.EXTEND,
        KqlLexer.FILTER,
        KqlLexer.GETSCHEMA,
        KqlLexer.JOIN,
        KqlLexer.LIMIT,
        KqlLexer.MVAPPLY,
        KqlLexer.MVEXPAND,
        KqlLexer.ORDER,
        KqlLexer.PARSE,
        KqlLexer.REGEX,
        KqlLexer.SCAN,
        KqlLexer.SERIALIZE,
        KqlLexer.SORT,
        KqlLexer.SUMMARIZE,
        KqlLexer.TAKE,
        KqlLexer.TOP,
        KqlLexer.WITH_NODE_ID,
    }
)
_OPERATIONS = frozenset(
    {
        KqlLexer.AND,
        KqlLexer.ASTERISK,
        KqlLexer.COMMA,
        KqlLexer.CONTAINS,
        KqlLexer.DASH,
        KqlLexer.DOT,
        KqlLexer.ENDSWITH,
        KqlLexer.EQUAL,
        KqlLexer.EQUALEQUAL,
        KqlLexer.EQUALTILDE,
        KqlLexer.EXCLAIMATIONPOINT_EQUAL,
        KqlLexer.EXCLAIMATIONPOINT_TILDE,
        KqlLexer.GREATERTHAN,
        KqlLexer.GREATERTHAN_EQUAL,
        KqlLexer.HAS,
        KqlLexer.LESSTHAN,
        KqlLexer.LESSTHAN_EQUAL,
        KqlLexer.LESSTHAN_GREATERTHAN,
        KqlLexer.OR,
        KqlLexer.PERCENTSIGN,
        KqlLexer.PLUS,
        KqlLexer.SLASH,
        KqlLexer.STARTSWITH,
    }
)
_AWAITING = _OPERATIONS | {
    KqlLexer.AS,
    KqlLexer.BY,
    KqlLexer.DISTINCT,
    KqlLexer.EXTEND,
    KqlLexer.FILTER,
    KqlLexer.LET,
    KqlLexer.LIMIT,
    KqlLexer.MV_APPLY,
    KqlLexer.MV_EXPAND,
    KqlLexer.OF,
    KqlLexer.OPENBRACE,
    KqlLexer.OPENBRACKET,
    KqlLexer.PRINT,
    KqlLexer.PROJECT,
    KqlLexer.PROJECTAWAY,
    KqlLexer.PROJECTKEEP,
    KqlLexer.PROJECTRENAME,
    KqlLexer.PROJECTREORDER,
    KqlLexer.SET,
    KqlLexer.SUMMARIZE,
    KqlLexer.TAKE,
    KqlLexer.TOP,
    KqlLexer.WHERE,
}
"""Behind these a value or a name stands."""
_WITH_PARAMETERS = frozenset({KqlLexer.MAKEGRAPH, KqlLexer.PARSEKV, KqlLexer.RENDER})
"""Operators with parameters that are called like these words."""


def is_name(word: int, before: tuple[int, int], behind: tuple[int, int], operator: int) -> bool:
    """Whether a word of an operator is a name where it stands.

    Args:
        before: Types of the tokens before it, the nearest first.
        behind: Types of the tokens behind it, the nearest first.
        operator: Type of the word that began the operator of the pipe.
    """
    if behind[0] == KqlLexer.OPENPAREN or operator in _WITH_PARAMETERS:
        return False
    if word == KqlLexer.ENTITYGROUP and behind[0] == KqlLexer.OPENBRACKET:
        return False
    if before == (KqlLexer.EQUAL, KqlLexer.KIND):
        return False
    if behind[0] == KqlLexer.COLON:
        return True
    if before[0] == KqlLexer.OPENPAREN:
        is_called = before[1] == KqlLexer.IDENTIFIER and behind[0] == KqlLexer.CLOSEPAREN
        return is_called or behind[0] in _OPERATIONS
    return before[0] in _AWAITING
