"""The typed filter language: words, `name:value`, `name:"a value"`. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from soc_tui.model.nearest_name import nearest_name

E = TypeVar("E", bound=StrEnum)

# A name, then a value that may be in quotes to hold spaces; or a word.
_PIECE = re.compile(
    r'(?:(?P<name>[A-Za-z]+):)?(?:"(?P<quoted>[^"]*)"?|(?P<plain>[^\s"]+)|(?=\s|$))'
)


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of a filter.

    Attributes:
        name: Before the colon, lower case; empty for a word.
        value: After it, without quotes; empty while it is still to be typed.
        whole: All of it, to be taken as words when nothing goes by that name.
    """

    name: str
    value: str
    whole: str


def pieces(text: str) -> Iterator[Piece]:
    """The pieces of a filter, in order. No text is an error."""
    position = 0
    while position < len(text):
        piece = _PIECE.match(text, position)
        if piece is None or piece.end() == position:
            position += 1
            continue
        position = piece.end()
        value = piece["quoted"] or piece["plain"] or ""
        whole = piece[0] if piece["name"] else value
        yield Piece((piece["name"] or "").casefold(), value, whole.replace('"', " ").strip())


def named(value: str, kind: type[E], name: str) -> tuple[tuple[E, ...], tuple[str, ...]]:
    """All whose name begins so, `-` and `_` standing for a space; and what is wrong if none."""
    typed = re.sub("[-_]", " ", value.casefold())
    exact = tuple(one for one in kind if one.value == typed)
    found = exact or tuple(one for one in kind if one.value.startswith(typed))
    if found:
        return found, ()
    known = ", ".join(one.value.replace(" ", "-") for one in kind)
    return (), (f"Unknown {name} {value[:20]}; known: {known}.",)


def not_named(text: str, known: Collection[str]) -> tuple[str, ...]:
    """What to say of each name in a filter that nothing goes by; it is looked for as words.

    Addresses and paths (`https://…`, `C:\\…`) are meant as words.
    """
    names = dict.fromkeys(
        piece.name
        for piece in pieces(text)
        if piece.name and piece.value and piece.name not in known
        if len(piece.name) > 1 and not piece.value.startswith(("/", "\\"))
    )
    return tuple(_taken_as_words(name[:20], known) for name in names)


def _taken_as_words(name: str, known: Collection[str]) -> str:
    near = nearest_name(name, known)
    return f"{name}: searched as words" + (f" ({near}:?)" if near else "")
