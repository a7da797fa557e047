"""What changes from one text to another, line by line."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from enum import StrEnum


class Change(StrEnum):
    """What happens to a line; the value is the sign that stands before it."""

    KEPT = " "
    REMOVED = "-"
    ADDED = "+"


@dataclass(frozen=True, slots=True)
class DiffLine:
    """One line of either text.

    Attributes:
        spans: Parts of the line that differ from the line that it replaces, as offsets in `text`.
    """

    change: Change
    text: str
    spans: tuple[tuple[int, int], ...] = ()


def diff(before: str, after: str) -> tuple[DiffLine, ...]:
    """All lines of both texts in order; removed ones stand before those added in their place."""
    old, new = before.splitlines(), after.splitlines()
    lines: list[DiffLine] = []
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for tag, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        if tag == "equal":
            lines.extend(DiffLine(Change.KEPT, text) for text in old[old_from:old_to])
            continue
        removed, added = old[old_from:old_to], new[new_from:new_to]
        paired = len(removed) == len(added)
        spans = [_spans(*pair) for pair in zip(removed, added, strict=False)] if paired else []
        nothing: tuple[tuple[int, int], ...] = ()
        for index, text in enumerate(removed):
            lines.append(DiffLine(Change.REMOVED, text, spans[index][0] if paired else nothing))
        for index, text in enumerate(added):
            lines.append(DiffLine(Change.ADDED, text, spans[index][1] if paired else nothing))
    return tuple(lines)


_Spans = tuple[tuple[int, int], ...]


def _spans(old: str, new: str) -> tuple[_Spans, _Spans]:
    """Where two lines differ, in each of them."""
    codes = difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    changed = [code for code in codes if code[0] != "equal"]
    in_old = tuple((code[1], code[2]) for code in changed if code[1] < code[2])
    in_new = tuple((code[3], code[4]) for code in changed if code[3] < code[4])
    return in_old, in_new
