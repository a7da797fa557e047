"""Pens: the SGR codes of a cell, and the shortest way from one to the next (ECMA-48, 8.3.117)."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

_PENS = 4096
_SEEN_ON_BLANKS = frozenset({"4", "7", "9", "21", "51", "52", "53"})
"""Underlines, reverse, strike, frames, overline: these show where there is no letter."""


class Pen(NamedTuple):
    """Attributes, foreground and background as SGR codes; empty is the terminal's own."""

    attributes: str = ""
    foreground: str = ""
    background: str = ""

    @property
    def codes(self) -> str:
        """All of it in one sequence."""
        return ";".join(part for part in self if part)


PLAIN = Pen()


@lru_cache(_PENS)
def pen(codes: str) -> Pen:
    """Parse the SGR codes that a style renders to; the same codes give the same object."""
    parts: dict[str, list[str]] = {"attributes": [], "foreground": [], "background": []}
    numbers = codes.split(";") if codes else []
    place = 0
    while place < len(numbers):
        length = 1
        if numbers[place] in ("38", "48"):
            length = 3 if numbers[place + 1] == "5" else 5
        parts[_part(int(numbers[place]))].extend(numbers[place : place + length])
        place += length
    return Pen(**{name: ";".join(found) for name, found in parts.items()})


@lru_cache(_PENS)
def blank_pen(used: Pen) -> Pen:
    """The pen as a blank shows it: without a foreground, unless something is drawn through it."""
    return Pen(background=used.background) if _hidden_on_blanks(used) else used


@lru_cache(_PENS)
def pen_for_blank(held: Pen, wanted: Pen) -> Pen:
    """The nearest pen to the held one with which a blank looks as wanted (a `blank_pen`)."""
    if _hidden_on_blanks(held) and _hidden_on_blanks(wanted):
        return held._replace(background=wanted.background)
    return wanted


@lru_cache(_PENS)
def change(held: Pen, wanted: Pen) -> str:
    """The sequence that turns one pen into another; empty for the same."""
    if held == wanted:
        return ""
    if wanted == PLAIN:
        return "\x1b[0m"
    if held.attributes != wanted.attributes:
        return f"\x1b[{'' if held == PLAIN else '0;'}{wanted.codes}m"
    parts = []
    if held.foreground != wanted.foreground:
        parts.append(wanted.foreground or "39")
    if held.background != wanted.background:
        parts.append(wanted.background or "49")
    return f"\x1b[{';'.join(parts)}m"


def _hidden_on_blanks(used: Pen) -> bool:
    return _SEEN_ON_BLANKS.isdisjoint(used.attributes.split(";"))


def _part(code: int) -> str:
    if 30 <= code <= 39 or 90 <= code <= 97:
        return "foreground"
    return "background" if 40 <= code <= 49 or 100 <= code <= 107 else "attributes"
