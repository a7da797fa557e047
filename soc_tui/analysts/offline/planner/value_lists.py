"""Lists of values in a request: "a, b or c", in quotation marks or without. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable

_FILLER = re.compile(
    r"\s*(?:(?:the|an?|either|both|any|all|one|of|value|values|text|string|word|words|exactly"
    r"|to|these|following|folder|file|process)\s+)*[:\[(]*\s*",
    re.I,
)
_QUOTED = re.compile(r"\"([^\"]+)\"|“([^”]+)”|‘([^’]+)’|`([^`]+)`|(?<!\w)'([^']+)'(?!\w)")
_TOKEN = re.compile(r"[^\s,;\"“”‘’]+")
_SEPARATOR = re.compile(
    r"\s*(?:,\s*(?:(?P<c>and|or|nor)\s+)?|(?:/|\|)\s*|\s(?P<w>and|or|nor|&)\s+)(?:the\s+"
    r"|either\s+|with\s+|contains?\s+|has\s+|\"(?=\"))?",
    re.I,
)
_TIME = re.compile(
    r"\d+\s*(?:[mhdw]|mins?|minutes?|hrs?|hours?|days?|weeks?|months?|years?)(?!\w)"
    r"|(?:today|yesterday|now|last|past|this|previous|since|yday)\b",
    re.I,
)
_NEXT_QUOTED = re.compile(r"\s+(?=['\"“‘])")
_CAPITALS = re.compile(r"(?:\s[A-Z][\w.-]*)+")
# Words that begin something else, where a value without quotation marks could stand.
_NO_VALUES_TEXT = """
above below higher lower greater smaller larger later earlier more less fewer
a an the this that these those which who whom whose where when what why how and or not no nor in
on at for from to of by with within without between since until before after during over under
is are was were be been has have had do does did it its they them their there then so if show
list give get find display count group sort order only also per each every any all some last
past previous recent same different unique distinct empty null known unknown being than because
but while as into via through please sorted grouped ordered among amongst security
"""
_NO_VALUES = frozenset(_NO_VALUES_TEXT.split())


def values_at(
    text: str, at: int, stops: Callable[[int], bool]
) -> tuple[tuple[str, ...], int, bool]:
    """A value or a list of values, where it ends, and whether "and" joins it.

    Args:
        stops: Whether something else begins there, where no value stands in quotation marks.
    """
    filler = _FILLER.match(text, at)
    at = filler.end() if filler else at
    values: list[str] = []
    joined: set[str] = set()
    quoted_all = True
    while True:
        item = _item(text, at, stops, first=not values, quoted_only=bool(values) and quoted_all)
        if item is None:
            break
        value, end, quoted = item
        quoted_all = quoted_all and quoted
        values.append(value)
        separator = _SEPARATOR.match(text, end) or (
            _NEXT_QUOTED.match(text, end) if quoted else None
        )
        last = end
        if separator is None:
            break
        word = (
            separator.groupdict().get("c") or separator.groupdict().get("w")
            if separator.re is _SEPARATOR
            else None
        )
        if _item(text, separator.end(), stops, first=False, quoted_only=quoted_all) is None:
            break
        if word:
            joined.add(word.lower())
        at = separator.end()
    if not values:
        return (), at, False
    closing = re.compile(r"\s*[\])]").match(text, last)
    last = closing.end() if closing else last
    return tuple(dict.fromkeys(values)), last, bool(joined) and joined <= {"and", "&"}


def _item(
    text: str, at: int, stops: Callable[[int], bool], *, first: bool, quoted_only: bool
) -> tuple[str, int, bool] | None:
    if match := _QUOTED.match(text, at):
        return (
            next(group for group in match.groups() if group is not None).strip(),
            match.end(),
            True,
        )
    match = _TOKEN.match(text, at)
    if match is None:
        return None
    word = match[0].lstrip("([").rstrip(".?!:)]'")
    end = match.start() + match[0].find(word) + len(word)
    plain = word.lower()
    if not word or plain in _NO_VALUES or not re.search(r"\w", word):
        return None
    if not first and (_TIME.match(text, at) or stops(at)):
        return None
    if quoted_only and not re.search(r"[\d._\\@-]", word):
        return None
    more = _CAPITALS.match(text, end) if first and word[:1].isupper() else None
    if more and not any(part.lower() in _NO_VALUES for part in more[0].split()):
        word, end = text[match.start() : more.end()].rstrip(".?!:)"), more.end()
    return word, end, False
