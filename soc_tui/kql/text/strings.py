"""The values of string literals, and how to write them for parsers that know few escapes.

The escapes are those of Kusto's own parser, `EscapeSequence` in
https://github.com/microsoft/Kusto-Query-Language (grammar/KqlTokens.g4).
"""

from __future__ import annotations

import re

from soc_tui.kql.text.lexer import Kind, lexemes

_ESCAPE = re.compile(
    r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|x([0-9a-fA-F]{2})|([0-7]{1,3})|([\s\S]))"
)
_NAMED = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_SIMPLE = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
# What every reader of KQL takes as it stands here; everything else is rewritten.
_PLAIN = re.compile(r"""["'](?:[^\\]|\\[\\"'nrt])*["']|@[\s\S]*""")
_HIGHEST = 0x10FFFF


def unescaped(body: str) -> str:
    """What a literal without @ holds between its quotes."""
    text = _ESCAPE.sub(_character, body)
    # Two \\u of a surrogate pair are one character; a lone half stays as it is.
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def simply_escaped(kql: str) -> str:
    r"""The same query with no escapes in its strings but `\\ \" \n \r \t`, no h before them, and
    none of several lines.

    Strings that need no other stay as they are, letter by letter.
    """
    pieces, done = [], 0
    for lexeme in lexemes(kql):
        literal = kql[lexeme.start : lexeme.end]
        if lexeme.kind is Kind.STRING and not _PLAIN.fullmatch(literal):
            pieces += [kql[done : lexeme.start], _rewritten(literal)]
            done = lexeme.end
    return "".join([*pieces, kql[done:]])


def _rewritten(literal: str) -> str:
    visible = literal.lstrip("hH")
    if visible.startswith(("```", "~~~")):
        lines = "\n" * visible.count("\n")
        return '"' + "".join(_SIMPLE.get(c, c) for c in visible[3:-3]) + '"' + lines
    if _PLAIN.fullmatch(visible):
        return visible
    return '"' + "".join(_SIMPLE.get(c, c) for c in unescaped(visible[1:-1])) + '"'


def _character(found: re.Match[str]) -> str:
    short, long, byte, octal, other = found.groups()
    if other is not None:
        return _NAMED.get(other, other)
    code = int(octal, 8) if octal else int(short or long or byte, 16)
    return chr(code) if code <= _HIGHEST else found[0]
