"""Finds many literals and many regular expressions in many texts: each text is read once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import re2
from ahocorasick_rs import BytesAhoCorasick

_CHUNK = 1 << 20
"""Bytes that are read at a time: what is found in them is held as Python objects."""
_TOGETHER = 64
"""Expressions in one filter; more would need more memory than RE2 gives it."""
_AT_START, _AT_END = 1, 2

Numbers = npt.NDArray[np.int32]


class LiteralScan:
    """Where literals stand in texts.

    Args:
        texts: Large strings without nulls.
        literals: As they stand in the texts, case included; an empty one is found in each text.
    """

    def __init__(self, texts: pa.Array, literals: Iterable[str]) -> None:
        self._count = len(texts)
        known = sorted({one for one in literals if one})
        self._numbers = {literal: number for number, literal in enumerate(known)}
        literal, text, place = _found(texts, [one.encode() for one in known])
        order = np.argsort(literal, kind="stable")
        self._texts, self._places = text[order], place[order]
        self._starts = np.searchsorted(literal[order], np.arange(len(known) + 1))

    def contains(self, literal: str) -> Numbers:
        """Numbers of the texts that have it; one may repeat."""
        return self._of(literal, 0)

    def starts(self, literal: str) -> Numbers:
        """Numbers of the texts that begin with it."""
        return self._of(literal, _AT_START)

    def ends(self, literal: str) -> Numbers:
        """Numbers of the texts that end with it."""
        return self._of(literal, _AT_END)

    def equals(self, literal: str) -> Numbers:
        """Numbers of the texts that are it and no more; not for an empty one."""
        return self._of(literal, _AT_START | _AT_END)

    def _of(self, literal: str, place: int) -> Numbers:
        if not literal:
            return np.arange(self._count, dtype=np.int32)
        number = self._numbers[literal]
        found = slice(self._starts[number], self._starts[number + 1])
        texts: Numbers = self._texts[found]
        return texts[self._places[found] & place == place] if place else texts


def _found(
    texts: pa.Array, literals: Sequence[bytes]
) -> tuple[Numbers, Numbers, npt.NDArray[np.uint8]]:
    """Of each place where a literal stands: its number, the text's, and whether at its ends."""
    found: list[npt.NDArray[np.int64]] = [np.zeros((0, 3), np.int64)]
    _, bounds_buffer, characters = texts.buffers()
    if literals and len(texts) and characters is not None:
        bounds = np.frombuffer(bounds_buffer, np.int64)[texts.offset :][: len(texts) + 1]
        automaton = BytesAhoCorasick(literals)
        view, start = memoryview(characters).cast("B"), 0
        while start < len(texts):
            # Whole texts, so that none is cut; at least one.
            end = int(np.searchsorted(bounds, bounds[start] + _CHUNK, "right")) - 1
            end = min(max(end, start + 1), len(texts))
            piece = view[bounds[start] : bounds[end]]
            tuples = automaton.find_matches_as_indexes(piece, overlapping=True)
            flat = np.fromiter(chain.from_iterable(tuples), np.int64, 3 * len(tuples))
            found.append(flat.reshape(-1, 3) + np.array([0, bounds[start], bounds[start]]))
            start = end
    else:
        bounds = np.zeros(1, np.int64)
    # The texts stand one after the other: what reaches over two of them is in neither.
    whole = np.concatenate(found)
    text = np.searchsorted(bounds, whole[:, 1], "right") - 1
    inside = whole[:, 2] <= bounds[np.minimum(text + 1, len(bounds) - 1)]
    whole, text = whole[inside], text[inside]
    place = (whole[:, 1] == bounds[text]) * _AT_START + (
        whole[:, 2] == bounds[np.minimum(text + 1, len(bounds) - 1)]
    ) * _AT_END
    return whole[:, 0].astype(np.int32), text.astype(np.int32), place.astype(np.uint8)


class RegexScan:
    """Which texts regular expressions of RE2 are found in."""

    def __init__(self, texts: pa.Array, patterns: Iterable[str]) -> None:
        known = sorted(set(patterns))
        self._found: dict[str, list[int]] = {pattern: [] for pattern in known}
        self._broken: dict[str, Exception] = {}
        cells = [text.encode() for text in texts.to_pylist()] if known else []
        for start in range(0, len(known), _TOGETHER):
            self._look(known[start : start + _TOGETHER], cells)

    def _look(self, patterns: Sequence[str], cells: Sequence[bytes]) -> None:
        options = re2.Options()
        options.log_errors = False
        several = re2.Filter()
        found: list[list[int]] = []
        for pattern in patterns:
            try:
                several.Add(pattern, options)
            except re2.error as error:
                self._broken[pattern] = error
            else:
                found.append(self._found[pattern])
        if not found:
            return
        several.Compile()
        for number, cell in enumerate(cells):
            for one in several.Match(cell) or ():
                found[one].append(number)

    def texts(self, pattern: str) -> Numbers:
        """Numbers of the texts in which it is found.

        Raises:
            re2.error: it is no regular expression. The others are found all the same.
        """
        if pattern in self._broken:
            raise self._broken[pattern]
        return np.array(self._found[pattern], np.int32)
