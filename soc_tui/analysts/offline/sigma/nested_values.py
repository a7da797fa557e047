"""Values by name within a cell: JSON, the XML of a Windows event, or key=value pairs as of auditd.

Sources: https://learn.microsoft.com/azure/azure-monitor/reference/tables/event (EventData is XML),
https://learn.microsoft.com/windows/win32/wes/eventschema-complexdatatype-complextype
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Sequence

_NAMED = re.compile(r"<Data Name=[\"']([^\"']+)[\"'][^>]*?(?:/>|>(.*?)</Data>)", re.S)
_UNNAMED = re.compile(r"<(?:Data|Param|string)>(.*?)</(?:Data|Param|string)>", re.S)
_ELEMENT = re.compile(r"<(?:\w+:)?(\w+)(?: [^>]*)?>([^<]*)</")
_PAIR = re.compile(r"(?<![\w.])([A-Za-z_][\w.]*)=(\"[^\"]*\"|'[^']*'|[^\s,;]*)")
_BETWEEN = "\n"
"""Between values of one name, as a list has them."""


def values_of(cell: str, names: Sequence[str]) -> list[str | None]:
    """For each name the text of its value; None where the cell has no such.

    Args:
        names: In lower case, without spaces; dots lead into objects, through lists. Of `one|other`
            the first that is there.
    """
    if any("|" in name for name in names):
        flat = [name.split("|") for name in names]
        found = iter(values_of(cell, [one for several in flat for one in several]))
        each = [[next(found) for _ in several] for several in flat]
        return [next((one for one in several if one is not None), None) for several in each]
    start = cell.lstrip()[:1]
    if start in ("{", "["):
        try:
            content = json.loads(cell)
        except (ValueError, RecursionError):
            return [None] * len(names)
        return [_joined(_within(content, name.split("."))) for name in names]
    pairs = _of_xml(cell) if start == "<" else _pairs(cell)
    known: dict[str, list[str]] = {}
    for name, value in pairs:
        known.setdefault(_plain(name), []).append(value)
    return [_joined(known.get(name, ())) for name in names]


def _plain(name: str) -> str:
    """A name as rules compare it: Defender's `Threat Name` is their ThreatName."""
    return name.replace(" ", "").lower()


def _joined(values: Sequence[str] | Iterator[str]) -> str | None:
    found = list(values)
    return _BETWEEN.join(found) if found else None


def _within(value: object, path: Sequence[str]) -> Iterator[str]:
    if isinstance(value, list):
        yield from (text for one in value for text in _within(one, path))
    elif not path:
        if value is not None:
            yield value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    elif isinstance(value, dict):
        whole = ".".join(path)
        for name, inner in value.items():
            if _plain(name) == path[0]:
                yield from _within(inner, path[1:])
            elif len(path) > 1 and _plain(name) == whole:
                yield from _within(inner, ())
        # {"Name": "ClientIP", "Value": …} as audit records list what was changed
        named = {str(key).lower(): inner for key, inner in value.items()}
        label = named.get("@name", named.get("name", named.get("key")))
        if isinstance(label, str) and _plain(label) == path[0]:
            inner = named.get("#text", named.get("value", named.get("newvalue")))
            yield from _within(inner, path[1:])


def _of_xml(cell: str) -> Iterator[tuple[str, str]]:
    named = False
    for match in _NAMED.finditer(cell):
        named = True
        yield match[1], html.unescape(match[2] or "")
    if named:
        return
    for number, match in enumerate(_UNNAMED.finditer(cell), 1):
        yield "data", html.unescape(match[1])
        yield f"param{number}", html.unescape(match[1])
    for match in _ELEMENT.finditer(cell):
        if match[1] not in ("Data", "Param"):
            yield match[1], html.unescape(match[2])


def _pairs(cell: str) -> Iterator[tuple[str, str]]:
    for match in _PAIR.finditer(cell):
        yield match[1], match[2].strip("\"'")
