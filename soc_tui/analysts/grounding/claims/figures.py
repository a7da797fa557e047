"""What the cited rows hold in words and figures: numbers, times, counts, distinct values."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Callable, Iterable
from functools import cached_property

from soc_tui.analysts.grounding.cited_rows import CitedRows, decoded
from soc_tui.model.catalog import Column, KqlType

_NUMERIC = frozenset({KqlType.INT, KqlType.LONG, KqlType.REAL, KqlType.DECIMAL})
# Addresses, GUIDs, hashes, versions and times are no numbers, though they have digits.
_NO_NUMBERS = re.compile(
    r"\d{4}-\d\d-\d\d(?:[T ][\d:.]+)?|\d+(?:\.\d+){2,}|\b\d\d:\d\d:\d\d\b"
    r"|[0-9A-Fa-f]{8}-[0-9A-Fa-f-]{27}|[0-9A-Fa-f]{24,}|[\w+/]{40,}"
)
_NUMBER = re.compile(r"(?<![\w.-])(\d{1,18}(?:\.\d{1,6})?)(?![\w.]*\w)")
_TIME = re.compile(
    r"(?<!\d)(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?\s?(Z|[+-]\d\d:?\d\d)?"
)
COUNTING_COLUMN = re.compile(
    r"(?:Count|Total|Sum|Flows|Packets|Attempts|Bytes|Events|Failures|Number)(?![a-z])"
    r"|(?:^|_)(?:count|total|sum|number|attempts|bytes|events|failures|n)(?![a-z])"
)
TELLING_APART = re.compile(
    r"(?:process|thread|session|record|parent|task|user|group|report).?id(?:entifier)?s?$|pid$",
    re.IGNORECASE,
)
_WORD = re.compile(r"\w+")
_LONGEST_TEXT = 2_000_000
_MOST_TIMES = 200
_MOST_ROWS = 2_000
_LONGEST_ROW = 20_000


class Figures:
    """Read from the cited rows once, on first use."""

    def __init__(self, cited: CitedRows) -> None:
        self.indices = cited.indices
        self.rows = len(cited.indices)
        self._cited = cited
        self._read: dict[tuple[str, str], frozenset[float]] = {}
        self._shown: dict[str, bool] = {}

    @cached_property
    def cells(self) -> tuple[tuple[Column, str], ...]:
        """All cells of the cited rows that are not empty."""
        every = (pair for row in self._cited.indices for pair in self._cited.cells(row))
        return tuple((column, text) for column, text in every if text)

    @cached_property
    def text(self) -> str:
        """The cells in lower case, a line each, with what they hold as Base64."""
        texts = [text for _, text in self.cells]
        hidden = dict.fromkeys(one for text in texts for one in decoded(text))
        return "\n".join((*texts, *hidden)).lower()[:_LONGEST_TEXT]

    @cached_property
    def evidence(self) -> str:
        """As `text`, without times and without numbers that only tell things apart."""
        kept = [
            f"{column.name} {text}" if _counts_something(column, text) else text
            for column, text in self.cells
            if column.type is not KqlType.DATETIME
            and not (column.type in _NUMERIC and TELLING_APART.search(column.name))
            and not _TIME.match(text)
        ]
        hidden = dict.fromkeys(one for text in kept for one in decoded(text))
        return "\n".join((*kept, *hidden)).lower()[:_LONGEST_TEXT]

    def shows(self, pattern: re.Pattern[str] | None) -> bool:
        """Does the evidence have what the pattern finds? None finds nothing."""
        if pattern is None:
            return False
        if pattern.pattern not in self._shown:
            self._shown[pattern.pattern] = bool(pattern.search(self.evidence))
        return self._shown[pattern.pattern]

    @cached_property
    def words(self) -> frozenset[str]:
        """Every run of letters, digits and underscores in the cells, in lower case."""
        return frozenset(_WORD.findall(self.text))

    @cached_property
    def written(self) -> frozenset[float]:
        """Numbers that stand in text cells, and in what they hold as Base64."""
        text = "\n".join(cell for column, cell in self.cells if column.type not in _NUMERIC)
        hidden = "\n".join(one for _, cell in self.cells for one in decoded(cell))
        plain = _NO_NUMBERS.sub(" ", f"{text}\n{hidden}"[:_LONGEST_TEXT])
        return frozenset(float(one) for one in _NUMBER.findall(plain))

    def numbers(self, name: re.Pattern[str] | None = None) -> frozenset[float]:
        """Numbers of the numeric columns, of those whose name the pattern finds."""
        return self._once("numbers", name, self._numbers)

    def _once(
        self,
        kind: str,
        name: re.Pattern[str] | None,
        read: Callable[[re.Pattern[str] | None], Iterable[float]],
    ) -> frozenset[float]:
        key = (kind, name.pattern if name else "")
        if key not in self._read:
            self._read[key] = frozenset(read(name))
        return self._read[key]

    def _numbers(self, name: re.Pattern[str] | None) -> Iterable[float]:
        return frozenset(
            float(text)
            for column, text in self.cells
            if column.type in _NUMERIC
            and (name is None or name.search(column.name))
            and _is_number(text)
        )

    def totals(self, name: re.Pattern[str]) -> frozenset[float]:
        """Sums of the numeric columns whose name the pattern finds."""
        return self._once("totals", name, self._totals)

    def _totals(self, name: re.Pattern[str] | None) -> Iterable[float]:
        sums: dict[str, float] = {}
        for column, text in self.cells:
            if column.type in _NUMERIC and name and name.search(column.name) and _is_number(text):
                sums[column.name] = sums.get(column.name, 0.0) + float(text)
        return frozenset(sums.values())

    @cached_property
    def counts(self) -> frozenset[int]:
        """How many rows are cited, and how many of them share a cell or a word."""
        cells = Counter(self._by_column)
        words: Counter[str] = Counter()
        for row in self.indices[:_MOST_ROWS]:
            every = " ".join(text.lower() for _, text in self._cited.cells(row))
            words.update(set(_WORD.findall(every[:_LONGEST_ROW])))
        return frozenset({self.rows, *cells.values(), *words.values()})

    def distinct(self, name: re.Pattern[str] | None = None) -> frozenset[float]:
        """How many different values the columns have whose name the pattern finds, each and all."""
        return self._once("distinct", name, self._distinct)

    def _distinct(self, name: re.Pattern[str] | None) -> Iterable[float]:
        values: dict[str, set[str]] = {}
        for column, text in self._by_column:
            if name is None or name.search(column):
                values.setdefault(column, set()).add(text)
        together = set().union(*values.values()) if name and values else set()
        return frozenset({*(len(one) for one in values.values()), len(together)})

    @cached_property
    def times(self) -> tuple[dt.datetime, ...]:
        """Times of the cited rows in order, in UTC: of time columns, and ISO ones in text."""
        found = {one for _, text in self.cells for one in _times(text)}
        return tuple(sorted(found)[:_MOST_TIMES])

    @cached_property
    def row_times(self) -> tuple[dt.datetime, ...]:
        """The first time of each row, in order: those that spans are measured by."""
        firsts = []
        for row in self._cited.indices[:_MOST_TIMES]:
            every = (time for _, text in self._cited.cells(row) for time in _times(text))
            if (first := next(every, None)) is not None:
                firsts.append(first)
        return tuple(sorted(firsts))

    @cached_property
    def _by_column(self) -> tuple[tuple[str, str], ...]:
        return tuple((column.name, text) for column, text in self.cells)


def _counts_something(column: Column, text: str) -> bool:
    """Does the cell say how often: `FailedCount` of 9?"""
    return column.type in _NUMERIC and text != "0" and bool(COUNTING_COLUMN.search(column.name))


def _times(text: str) -> list[dt.datetime]:
    found = []
    for match in _TIME.finditer(text[:20_000]):
        year, month, day, hour, minute, second, zone = match.groups()
        try:
            time = dt.datetime(
                int(year),
                int(month),
                int(day),
                int(hour),
                int(minute),
                int(second or 0),
                tzinfo=dt.UTC,
            )
            found.append(time - _offset(zone))
        except (ValueError, OverflowError):
            continue
    return found


def _offset(zone: str | None) -> dt.timedelta:
    if not zone or zone == "Z":
        return dt.timedelta()
    hours, minutes = int(zone[1:3]), int(zone[-2:])
    return (1 if zone[0] == "+" else -1) * dt.timedelta(hours=hours, minutes=minutes)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
