"""Splits cells that differ only in numbers, ids and addresses into a shared pattern and the rest.

    chrome.exe --type=renderer --client-id=1337
    chrome.exe --type=renderer --client-id=1338

share `chrome.exe --type=renderer --client-id={}`, with 1337 and 1338 as their own. Pure.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from soc_tui.analysts.packing.text_columns import TextColumn, rough_tokens
from soc_tui.model.catalog import KqlType

# What varies between cells of one kind: GUIDs, IPv4 addresses, words with a digit in them.
_VARYING = re.compile(
    r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
    r"|(?:\d{1,3}\.){3}\d{1,3}"
    r"|[A-Za-z]*\d[0-9A-Za-z]*"
)
_PATTERNED_TYPES = frozenset({KqlType.STRING, KqlType.DYNAMIC})
_FEWEST_VALUES = 3
# A code and the line end of its legend entry, tokens.
_CODE_TOKENS = 2.3
_ENTRY_TOKENS = 4

Pieces = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Patterns:
    """The distinct values of one column as patterns with holes.

    Attributes:
        pieces: For each pattern the texts before, between and after its holes; a value that shares
            nothing is a pattern of one piece.
        of: For each value of the column its pattern.
        fillings: For each value what stands in its pattern's holes, in order.
    """

    pieces: tuple[Pieces, ...]
    of: tuple[int, ...]
    fillings: tuple[tuple[str, ...], ...]


def find_patterns(column: TextColumn) -> Patterns:
    """Patterns that make the column shorter."""
    pieces: list[Pieces] = [(value,) for value in column.values]
    fillings: list[tuple[str, ...]] = [()] * len(column.values)
    if column.type in _PATTERNED_TYPES:
        for alike in _alike(column.values):
            _share(alike, column, pieces, fillings)
    numbers: dict[Pieces, int] = {}
    of = tuple(numbers.setdefault(own, len(numbers)) for own in pieces)
    return Patterns(tuple(numbers), of, tuple(fillings))


def _alike(values: Sequence[str]) -> list[list[int]]:
    """Positions of values that are the same once what varies is blanked out."""
    groups: dict[str, list[int]] = defaultdict(list)
    for position, value in enumerate(values):
        groups[_VARYING.sub("\0", value)].append(position)
    return [
        positions
        for blanked, positions in groups.items()
        if "\0" in blanked and len(positions) >= _FEWEST_VALUES
    ]


def _share(
    alike: Sequence[int],
    column: TextColumn,
    pieces: list[Pieces],
    fillings: list[tuple[str, ...]],
) -> None:
    """Write the values as one pattern, those that come often apart, if that is shorter."""
    found = [_VARYING.findall(column.values[position]) for position in alike]
    varies = [len(set(words)) > 1 for words in zip(*found, strict=True)]
    if not any(varies):
        return
    pattern = _pieces(column.values[alike[0]], varies)
    pattern_tokens = sum(map(rough_tokens, pattern)) + len(pattern) - 1
    gain = -float(pattern_tokens + _ENTRY_TOKENS)
    chosen: list[tuple[int, tuple[str, ...]]] = []
    for position, words in zip(alike, found, strict=True):
        own = tuple(word for word, differs in zip(words, varies, strict=True) if differs)
        count = int(column.counts[position])
        size = float(column.tokens[position])
        filled = count * sum(1 + rough_tokens(word) for word in own)
        if count > 1 and filled > size + _ENTRY_TOKENS:
            continue  # comes so often that a code of its own is shorter
        alone = min(count * (1 + size), count * _CODE_TOKENS + size + _ENTRY_TOKENS)
        gain += alone - count * _CODE_TOKENS - filled
        chosen.append((position, own))
    if gain > 0 and len(chosen) >= _FEWEST_VALUES:
        for position, own in chosen:
            pieces[position], fillings[position] = pattern, own


def _pieces(value: str, varies: Sequence[bool]) -> Pieces:
    pieces, start = [], 0
    for word, differs in zip(_VARYING.finditer(value), varies, strict=True):
        if differs:
            pieces.append(value[start : word.start()])
            start = word.end()
    return (*pieces, value[start:])
