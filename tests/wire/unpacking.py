"""Packed rows back into cells: the proof that packing loses nothing, and how the model reads."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from soc_tui.analysts.packing.cell_text import cell_text, unescape
from soc_tui.analysts.packing.pack import CODES, CONSTANT, EMPTY, ROWS
from soc_tui.model.catalog import KqlType

_CODES = re.compile(re.escape(CODES).replace(re.escape("{}"), "(.+?)"))
_CODE = re.compile(r"([A-Z]+)(\d+)")
_OTHERS = re.compile(r"(\d+)(?:-(\d+))?(?:\+([\d.]+))?")


@dataclass(frozen=True, slots=True)
class Unpacked:
    """What `pack` was given.

    Attributes:
        row_ids: Of each row, ascending ("r1", "r2" ...).
        columns: Cell texts by column name, in the order of `row_ids`.
    """

    row_ids: tuple[str, ...]
    columns: dict[str, list[str]]


def unpack(text: str) -> Unpacked:
    """Read a block that `pack` wrote, from one boundary line to the other."""
    reader = _Reader(text.split("\n")[1:-1])
    rows = sorted(reader.rows(), key=lambda row: row[0])
    names = [*reader.constants, *reader.empty, *reader.names]
    columns: dict[str, list[str]] = {name: [] for name in names}
    for _, cells in rows:
        for name, cell in cells.items():
            columns[name].append(cell)
    return Unpacked(
        tuple(f"r{number}" for number, _ in rows),
        {unescape(name): cells for name, cells in columns.items()},
    )


class _Reader:
    """Sections one after the other."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = lines
        self._at = 0
        self.constants = dict(self._constants())
        self.empty = self._empty()
        self._codes: dict[str, tuple[str, ...]] = {}
        self._groups: dict[str, tuple[str, ...]] = {}
        self._hole = "{}"
        self._read_codes()
        assert self._next() == ROWS
        head, *self._fields = self._next().split("\t")
        self._time = head.partition(" ")[2]
        names = [name for field in self._fields for name in self._groups.get(field, (field,))]
        self.names = ([self._time] if self._time else []) + names

    def rows(self) -> Iterator[tuple[int, dict[str, str]]]:
        """Number and cells of each row, in the order of the lines."""
        same = self.constants | dict.fromkeys(self.empty, "")
        hour = ""
        for line in self._lines[self._at :]:
            if line.startswith("@"):
                hour = line[1:]
                continue
            head, *fields = line.split("\t")
            number, _, minute = head.partition(" ")
            cells, others = self._cells(fields)
            time = f"{hour}:{minute}Z"
            yield int(number), same | self._timed(time) | cells
            for other, later in _others(others, time):
                yield other, same | self._timed(later) | cells

    def _timed(self, time: str) -> dict[str, str]:
        return {self._time: time} if self._time else {}

    def _cells(self, fields: list[str]) -> tuple[dict[str, str], str]:
        """Cells by column, and the field after them (which may be missing)."""
        cells: dict[str, str] = {}
        at = 0
        for field in self._fields:
            group = self._groups.get(field)
            if group is None:
                cells[field] = fields[at]
                at += 1
                continue
            code = fields[at]
            at += 1
            if code == field:
                cells |= zip(group, fields[at : at + len(group)], strict=True)
                at += len(group)
                continue
            for name, pattern in zip(group, self._codes[code], strict=True):
                pieces = pattern.split(self._hole)
                own = fields[at : at + len(pieces) - 1]
                at += len(own)
                cells[name] = pieces[0] + "".join(map(str.__add__, own, pieces[1:]))
        return cells, fields[at] if at < len(fields) else ""

    def _next(self) -> str:
        self._at += 1
        return self._lines[self._at - 1]

    def _constants(self) -> Iterator[tuple[str, str]]:
        if self._lines[self._at] != CONSTANT:
            return
        self._at += 1
        while "\t" in self._lines[self._at]:
            name, value = self._next().split("\t")
            yield name, value

    def _empty(self) -> list[str]:
        if self._lines[self._at] != EMPTY:
            return []
        self._at += 1
        return self._next().split("\t")

    def _read_codes(self) -> None:
        found = _CODES.fullmatch(self._lines[self._at])
        if not found:
            return
        self._at += 1
        self._hole = found[1]
        while "\t" in self._lines[self._at]:
            code, *cells = self._next().split("\t")
            (self._codes if _CODE.fullmatch(code) else self._groups)[code] = tuple(cells)


def _others(text: str, time: str) -> Iterator[tuple[int, str]]:
    """Numbers and times of the rows that share a line with the one at `time`."""
    for part in text.split(" ")[1:]:
        found = _OTHERS.fullmatch(part)
        assert found, part
        if found[3]:
            seconds, _, fraction = found[3].partition(".")
            micro = int(seconds) * 1_000_000 + int(fraction.ljust(6, "0"))
            later = dt.datetime.fromisoformat(time) + dt.timedelta(microseconds=micro)
            time = cell_text(later, KqlType.DATETIME)
        for number in range(int(found[1]), int(found[2] or found[1]) + 1):
            yield number, time
