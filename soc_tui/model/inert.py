"""Text from logs and models, made safe to show in a terminal or a file."""

import json
import re

# C0 and C1 controls, soft hyphen, zero-width and word-joining marks, line and paragraph separators,
# bidi marks, overrides and isolates (UAX 9), variation-free fillers that draw nothing, BOM,
# interlinear annotations, tag characters, and lone surrogates (which no encoding can write).
_ACTIVE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e"
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb"
    "\U000e0000-\U000e0fff\ud800-\udfff]"
)
_SHORT = {"\t": "\\t", "\n": "\\n", "\r": "\\r"}


def inert(text: str, limit: int | None = None) -> str:
    """The text with everything that acts instead of showing written as an escape like `\\x1b`.

    Args:
        text: Any text, hostile text included.
        limit: Most characters of the result, at least 1; a cut one ends with `…`. None for all.
    """
    if limit is None:
        return _ACTIVE.sub(_escape, text)
    # Escapes only lengthen, so a megabyte is never scanned to show forty characters of it.
    shown = _ACTIVE.sub(_escape, text[: limit + 1])
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    if short := _SHORT.get(character):
        return short
    code = ord(character)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def inert_json(document: str) -> str:
    """A JSON document on one line with each such character as JSON escapes it: the same values."""
    return _ACTIVE.sub(lambda match: json.dumps(match[0])[1:-1], document)


def one_cell(text: str) -> str:
    """The text with each such character but the tab as one that shows: `␛`, or `�`.

    It keeps the length, so that columns in the text and on the screen stay the same.
    """
    return _ACTIVE.sub(_picture, text)


def _picture(match: re.Match[str]) -> str:
    code = ord(match[0])
    if match[0] == "\t":
        return "\t"
    return chr(0x2400 + code) if code < 0x20 else "\ufffd"
