"""How many arguments each function takes, of which kinds, and what it gives.

`signatures.txt` has a function a line: its name, then each form that it may be called in as
`least-most kinds result`. Most is empty where there is no end. A kind is a letter: s text, l whole
number, r real, b bool, d datetime, t timespan, y dynamic, g guid, n any number, i any whole number,
m number or bool, q what can be summed, a array, S text or dynamic, * anything; arguments beyond the
kinds are of any. A result is one of these too, 0 for that of the first argument, 1 for that of the
second, ? where it is not told.

Source: the pages of the functions at https://learn.microsoft.com/kusto/query/
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from soc_tui.model.catalog import KqlType

_TYPES = {
    "s": KqlType.STRING,
    "l": KqlType.LONG,
    "r": KqlType.REAL,
    "b": KqlType.BOOL,
    "d": KqlType.DATETIME,
    "t": KqlType.TIMESPAN,
    "y": KqlType.DYNAMIC,
    "g": KqlType.GUID,
}
NUMBERS = frozenset({KqlType.INT, KqlType.LONG, KqlType.REAL, KqlType.DECIMAL})
_WHOLE = frozenset({KqlType.INT, KqlType.LONG})
_TAKEN = {
    **{letter: frozenset({kind}) for letter, kind in _TYPES.items()},
    "l": NUMBERS,
    "r": NUMBERS,
    "n": NUMBERS,
    "i": _WHOLE,
    "m": NUMBERS | {KqlType.BOOL},
    "q": NUMBERS | {KqlType.TIMESPAN},
    "a": frozenset({KqlType.DYNAMIC}),
    "S": frozenset({KqlType.STRING, KqlType.DYNAMIC}),
}


@dataclass(frozen=True, slots=True)
class Form:
    """One form of a call.

    Attributes:
        least, most: How many arguments; most is None where there is no end.
        kinds: A letter for each of the first arguments.
        result: A letter.
    """

    least: int
    most: int | None
    kinds: str
    result: str

    def counts(self, arguments: int) -> bool:
        """Whether that many arguments are right."""
        return self.least <= arguments and (self.most is None or arguments <= self.most)

    def wrong(self, types: list[KqlType | None]) -> int | None:
        """Index of the first argument of a kind that is not taken; None when all are."""
        for index, (letter, kind) in enumerate(zip(self.kinds, types, strict=False)):
            if letter == "b" and kind is KqlType.DYNAMIC:
                return index
            if letter in _TAKEN and kind not in {None, KqlType.DYNAMIC, *_TAKEN[letter]}:
                return index
        return None

    def gives(self, types: list[KqlType | None]) -> KqlType | None:
        """The type of the result; None where it is not told."""
        if self.result.isdecimal():
            return types[int(self.result)] if int(self.result) < len(types) else None
        return _TYPES.get(self.result)


@functools.cache
def forms() -> Mapping[str, tuple[Form, ...]]:
    """The forms of each function, by its name."""
    text = Path(__file__).with_name("signatures.txt").read_text(encoding="ascii")
    found = {}
    for line in text.splitlines():
        name, _, rest = line.partition(" ")
        found[name] = tuple(_form(part) for part in rest.split(" | "))
    return found


def _form(text: str) -> Form:
    counts, kinds, result = text.split(" ")
    least, _, most = counts.partition("-")
    return Form(int(least), int(most) if most else None, kinds, result)


NAMES = {
    KqlType.BOOL: "true or false",
    KqlType.DATETIME: "a time",
    KqlType.DECIMAL: "a number",
    KqlType.DYNAMIC: "a dynamic value",
    KqlType.GUID: "a guid",
    KqlType.INT: "a number",
    KqlType.LONG: "a number",
    KqlType.REAL: "a number",
    KqlType.STRING: "text",
    KqlType.TIMESPAN: "a length of time",
}
"""What a value of a type is, in words."""
