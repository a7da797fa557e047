"""Text hidden in a cell: Base64, hex, percent signs, entities, escapes, numbers, reversed."""

from __future__ import annotations

import base64
import binascii
import codecs
import html
import re
import urllib.parse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

_BASE64 = re.compile(r"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{16,}={0,2}")
_BASE64_LINES = re.compile(r"(?<=[A-Za-z0-9+/]{60})(?:\\r|\\n|\s)+(?=[A-Za-z0-9+/]{4})")
_HEX = re.compile(r"(?:(?:0x|\\x|[\s,:%-])?[0-9a-f]{2}){12,}", re.IGNORECASE)
_HEX_PAIR = re.compile(r"(?:0x|\\x|[\s,:%-])", re.IGNORECASE)
_NUMBERS = re.compile(r"(?:\b\d{2,3}\b[\s,;+]{1,2}){11,}\d{2,3}\b")
_ESCAPE = re.compile(
    r"\\u\{?([0-9a-f]{4,6})\}?|\\x([0-9a-f]{2})|%u([0-9a-f]{4})"
    r"|(?:(?<=\\[0-7]{3})|(?=(?:\\[0-7]{3}){3}))\\([0-7]{3})"
    r"|(?:(?<==[0-9A-F]{2})|(?=(?:=[0-9A-F]{2}){3}))=([0-9A-F]{2})",
    re.IGNORECASE,
)
_MAY_ESCAPE = re.compile(r"\\|%u|=[0-9a-f]{2}=", re.IGNORECASE)
_PERCENT = re.compile(r"%[0-9a-f]{2}", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#\d+|#x[0-9a-f]+|[a-z]+);?", re.IGNORECASE)
_TAG_INSIDE = re.compile(r"\w<[a-z/][^<>]{0,200}>\w|\w\[/?[a-z]{1,10}\]\w", re.IGNORECASE)
_TAG = re.compile(r"</?[a-z][^<>]{0,200}>|\[/?[a-z]{1,10}\]", re.IGNORECASE)
_LEAST_LETTERS = 8
_RUN = 16
_MOST_PARTS = 50
_MOST_STEPS = 4
_LONGEST = 200_000
_MOST_STRANGE = 0.1
_LETTER = re.compile(r"[^\W\d_]")
# Not of the languages that are read here: their letters, punctuation, Chinese, wide letters.
_STRANGE = re.compile(
    "[^\\t\\r\\n -~\u00a0-\u024f\u0400-\u04ff\u2000-\u206f\u3000-\u303f\u4e00-\u9fff\uff00-\uff5e]"
)


@dataclass(frozen=True, slots=True)
class Hidden:
    """A text that another one holds.

    Attributes:
        whole: It is the other text in other letters, so what that holds was looked at.
    """

    text: str
    whole: bool


class Codes(NamedTuple):
    """Which codes a text as it stands may hold."""

    base64: bool = True
    hexadecimal: bool = True
    numbers: bool = True


# RE2 patterns of `Codes`, in its order.
MAY_HOLD = (
    r"(?-i:[A-Za-z0-9+/_-]{16})|[A-Za-z0-9+/]{8}(?:\\r|\\n|\s)",
    r"(?:(?:0x|\\x|[\s,:%-])?[0-9a-f]{2}){12}",
    r"(?:\d{2,3}[\s,;+]{1,2}){11}",
)


def hidden(
    text: str, reversed_words: Sequence[str], rot13_words: Sequence[str], codes: Codes
) -> Iterator[Hidden]:
    """What the text holds in other writings, one step deep. Linear in its length.

    Args:
        reversed_words: Words that tell of a text written backwards.
        rot13_words: Words that tell of letters moved by 13 places.
        codes: Those to look for.
    """
    text = text[:_LONGEST]
    bare = text
    for _ in range(_MOST_STEPS):
        step = _unescaped(bare)
        if step == bare:
            break
        bare = step
    if bare != text:
        yield Hidden(bare, whole=True)
    if parts := [part for part in _encoded_parts(bare, Codes() if bare != text else codes) if part]:
        yield Hidden("\n".join(dict.fromkeys(parts)), whole=False)
    if ("<" in bare or "[" in bare) and _TAG_INSIDE.search(bare):
        yield Hidden(_TAG.sub("", bare), whole=True)
    lowered = bare.lower()
    if any(word in lowered for word in reversed_words):
        yield Hidden(bare[::-1], whole=True)
        yield Hidden(" ".join(word[::-1] for word in bare.split()), whole=True)
    if any(word in lowered for word in rot13_words):
        yield Hidden(codecs.decode(bare, "rot13"), whole=True)


def _unescaped(text: str) -> str:
    if "%" in text and _PERCENT.search(text):
        text = urllib.parse.unquote(text, errors="replace")
    if "&" in text and _ENTITY.search(text):
        text = html.unescape(text)
    if _MAY_ESCAPE.search(text) and _ESCAPE.search(text):
        text = _ESCAPE.sub(_character, text)
    return text


def _character(match: re.Match[str]) -> str:
    digits = match[1] or match[2] or match[3] or match[5]
    code = int(digits, 16) if digits else int(match[4], 8)
    return chr(code) if 9 <= code < 0xD800 or 0xDFFF < code < 0x110000 else match[0]


def _encoded_parts(text: str, codes: Codes) -> Iterator[str]:
    if codes.base64:
        joined = _BASE64_LINES.sub("", text) if "\n" in text or "\\n" in text else text
        for match in islice(_BASE64.finditer(joined), _MOST_PARTS):
            whole = _from_base64(match[0])
            yield whole
            if not whole and "/" in match[0]:  # a path, or an address
                yield from (_from_base64(part) for part in match[0].split("/") if len(part) >= _RUN)
    if codes.hexadecimal:
        for match in islice(_HEX.finditer(text), _MOST_PARTS):
            yield _from_hex(_HEX_PAIR.sub("", match[0]))
    if codes.numbers:
        for match in islice(_NUMBERS.finditer(text), _MOST_PARTS):
            values = [int(one) for one in re.findall(r"\d+", match[0])]
            yield _readable(bytes(value for value in values if value < 256))


def _from_base64(run: str) -> str:
    if run.islower() or run.isupper() or run.isdecimal() or run.count("/") * 8 > len(run):
        return ""
    body = run.rstrip("=").replace("-", "+").replace("_", "/")
    body = body[: len(body) - (len(body) % 4 == 1)]
    try:
        return _readable(base64.b64decode(body + "=" * (-len(body) % 4)))
    except (binascii.Error, ValueError):
        return ""


def _from_hex(digits: str) -> str:
    return _readable(bytes.fromhex(digits[: len(digits) // 2 * 2]))


def _readable(data: bytes) -> str:
    """The bytes as text when they are one, in UTF-8 or UTF-16; else empty."""
    for encoding in _encodings(data):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        letters = len(_LETTER.findall(text))
        least = _LEAST_LETTERS if text.isascii() else _LEAST_LETTERS // 2
        strange = len(_STRANGE.findall(text))
        if strange <= _MOST_STRANGE * len(text) and letters >= least:
            return text
    return ""


# High bytes of UTF-16 text: Latin, Cyrillic, punctuation, Chinese.
_CONTROL = bytes(code for code in range(32) if code not in b"\t\r\n")
_HIGH_BYTES = bytes((0, 1, 4, 0x20, 0x30, 0xFF, *range(0x4E, 0xA0)))


def _encodings(data: bytes) -> Iterator[str]:
    if len(data.translate(None, _CONTROL)) > len(data) * (1 - _MOST_STRANGE):
        yield "utf-8"
    if len(data) % 2 == 0:
        if not data[1::2].translate(None, _HIGH_BYTES):
            yield "utf-16-le"
        if not data[::2].translate(None, _HIGH_BYTES):
            yield "utf-16-be"
