"""How a cell is written: for the model, in quotes, and when quotes are checked.

One rendering for all three, so that "quoted verbatim" has one meaning. Log content is hostile:
control characters, terminal escapes, bidi and invisible characters are shown as visible marks.
The rendering is injective per KQL type (`unescape` gives the characters back), save that a null
string and an empty one are the same, as in KQL.
"""

from __future__ import annotations

import re

from soc_tui.model.catalog import KqlType
from soc_tui.rows.values import value_text

# Cc, Cf, Zl, Zp, Cs and the variation selectors (which smuggle data), as of Unicode 17; a test
# compares with unicodedata. The four marks stand for themselves nowhere, so they are escaped too.
_INVISIBLE = (
    "\x00-\x1f\x7f-\x9f\xad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u180e"
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb"
    "\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff\ud800-\udfff"
)
_HOSTILE = re.compile(f"[{_INVISIBLE}⟦⏎⇥␍]")
_HOSTILE_BESIDE_MARKS = re.compile(f"[{_INVISIBLE}]")
_SHORT = {"\n": "⏎", "\t": "⇥", "\r": "␍"}
_LONG = {mark: character for character, mark in _SHORT.items()}
_MARK = re.compile(r"⟦U\+([0-9A-F]{4,6})⟧|([⏎⇥␍])")


def escape(text: str, *, keep_marks: bool = False) -> str:
    """Text with every control, format, bidi or invisible character as a visible mark.

    Line feed, tab and carriage return become one sign each (⏎ ⇥ ␍), all others `⟦U+001B⟧`.

    Args:
        keep_marks: The text may hold such marks already, as a model's quotation does; they stay.
    """
    if text.isascii() and text.isprintable():
        return text  # most cells are: nothing in them is hostile
    return (_HOSTILE_BESIDE_MARKS if keep_marks else _HOSTILE).sub(_mark, text)


def unescape(text: str) -> str:
    """The inverse of `escape`."""
    return _MARK.sub(lambda m: _LONG[m[2]] if m[2] else chr(int(m[1], 16)), text)


def shown(text: str, longest: int = 80) -> str:
    """Untrusted text for use in a sentence: escaped, cut, between « and »."""
    clean = escape(text, keep_marks=True)
    return f"«{clean[:longest]}…»" if len(clean) > longest else f"«{clean}»"


def _mark(match: re.Match[str]) -> str:
    character = match[0]
    return _SHORT.get(character) or f"⟦U+{ord(character):04X}⟧"


def cell_text(value: object, kql_type: KqlType) -> str:
    """A cell of an Arrow table (`as_py()`) as text; null is empty.

    Times and booleans are written as `rows.values.value_text` does.
    """
    if isinstance(value, str):
        return escape(value)
    if isinstance(value, float) and kql_type in {KqlType.INT, KqlType.LONG} and value.is_integer():
        return str(int(value))
    return escape(value_text(value))
