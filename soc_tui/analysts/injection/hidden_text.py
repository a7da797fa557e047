"""Text hidden in a cell: Base64, hex, percent signs, entities, escapes, numbers, reversed."""

from __future__ import annotations

import base64
import binascii
import codecs
import html
import re
import urllib.parse
from collections.abc import Iterator

_BASE64 = re.compile(r"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{16,}={0,2}")
_BASE64_LINES = re.compile(r"(?<=[A-Za-z0-9+/]{60})(?:\\r|\\n|\s)+(?=[A-Za-z0-9+/]{4})")
_HEX = re.compile(r"(?:(?:0x|\\x|[\s,:%-])?[0-9a-f]{2}){12,}", re.IGNORECASE)
_HEX_PAIR = re.compile(r"(?:0x|\\x|[\s,:%-])", re.IGNORECASE)
_NUMBERS = re.compile(r"(?:\b\d{2,3}\b[\s,;+]{1,2}){11,}\d{2,3}\b")
_ESCAPE = re.compile(
    r"\\u\{?([0-9a-f]{4,6})\}?|\\x([0-9a-f]{2})|\\([0-7]{3})|%u([0-9a-f]{4})|=([0-9A-F]{2})",
    re.IGNORECASE,
)
_BREAK = re.compile(r"\\+[nrt]")
_PERCENT = re.compile(r"%[0-9a-f]{2}", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#\d+|#x[0-9a-f]+|[a-z]+);?", re.IGNORECASE)
_TAG = re.compile(r"</?[a-z][^<>]{0,200}>|\[/?[a-z]{1,10}\]", re.IGNORECASE)
_LEAST_LETTERS = 8
_MOST_PARTS = 50
_LONGEST = 200_000
_READABLE = 0.9


def hidden(
    text: str, reversed_words: re.Pattern[str], rot13_words: re.Pattern[str]
) -> Iterator[str]:
    """What the text holds in other writings, one step deep. Linear in its length.

    Args:
        reversed_words: Words that tell of a text written backwards.
        rot13_words: Words that tell of letters moved by 13 places.
    """
    text = text[:_LONGEST]
    yield from _unescaped(text)
    if parts := [part for part in _encoded_parts(text) if part]:
        yield "\n".join(dict.fromkeys(parts))
    if "<" in text or "[" in text:
        bare = _TAG.sub("", text)
        if bare != text:
            yield bare
    if reversed_words.search(text):
        yield text[::-1]
        yield " ".join(word[::-1] for word in text.split())
    if rot13_words.search(text):
        yield codecs.decode(text, "rot13")


def _unescaped(text: str) -> Iterator[str]:
    found = text
    if "%" in found and _PERCENT.search(found):
        found = urllib.parse.unquote(found, errors="replace")
    if "&" in found and _ENTITY.search(found):
        found = html.unescape(found)
    if "\\" in found or "%u" in found or "=" in found:
        found = _BREAK.sub("\n", _ESCAPE.sub(_character, found))
        found = found.replace('\\"', '"')
    if found != text:
        yield found


def _character(match: re.Match[str]) -> str:
    digits = match[1] or match[2] or match[4] or match[5]
    code = int(digits, 16) if digits else int(match[3], 8)
    return chr(code) if 9 <= code < 0xD800 or 0xDFFF < code < 0x110000 else match[0]


def _encoded_parts(text: str) -> Iterator[str]:
    joined = _BASE64_LINES.sub("", text) if "\n" in text or "\\n" in text else text
    for number, match in enumerate(_BASE64.finditer(joined)):
        if number == _MOST_PARTS:
            break
        yield _from_base64(match[0])
    for number, match in enumerate(_HEX.finditer(text)):
        if number == _MOST_PARTS:
            break
        yield _from_hex(_HEX_PAIR.sub("", match[0]))
    for number, match in enumerate(_NUMBERS.finditer(text)):
        if number == _MOST_PARTS:
            break
        codes = [int(one) for one in re.findall(r"\d+", match[0])]
        yield _readable(bytes(code for code in codes if code < 256))


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
        if text.isascii() and text.isprintable():
            return text if sum(map(str.isalpha, text)) >= _LEAST_LETTERS else ""
        telling = sum(
            (letter.isascii() and letter.isprintable()) or letter in "\r\n\t" or _common(letter)
            for letter in text
        )
        letters = sum(map(str.isalpha, text))
        least = _LEAST_LETTERS if text.isascii() else _LEAST_LETTERS // 2
        if telling >= _READABLE * len(text) and letters >= least and "\0" not in text:
            return text
    return ""


# High bytes of UTF-16 text: Latin, Cyrillic, punctuation, Chinese.
_HIGH_BYTES = bytes((0, 1, 4, 0x20, 0x30, 0xFF, *range(0x4E, 0xA0)))


def _encodings(data: bytes) -> Iterator[str]:
    yield "utf-8"
    if len(data) % 2 == 0:
        if not data[1::2].translate(None, _HIGH_BYTES):
            yield "utf-16-le"
        if not data[::2].translate(None, _HIGH_BYTES):
            yield "utf-16-be"


def _common(letter: str) -> bool:
    """A letter or sign of the languages that are read here."""
    code = ord(letter)
    return (
        0xA0 <= code <= 0x24F
        or 0x400 <= code <= 0x4FF
        or 0x2000 <= code <= 0x206F
        or 0x3000 <= code <= 0x303F
        or 0x4E00 <= code <= 0x9FFF
        or 0xFF00 <= code <= 0xFF5E
    )
