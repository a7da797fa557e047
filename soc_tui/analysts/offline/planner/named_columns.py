"""Conditions on columns by their names: "remote port is 8443", "severity high or medium". Pure.

A condition is a column as analysts call it (columns.toml, or its name in words), a comparison, and
one value or a list. A list is one filter on that column. Values of text comparisons that are joined
by "and" must all be there.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources

from soc_tui.analysts.offline.planner.comparisons import COMPARISONS
from soc_tui.analysts.offline.planner.narrowing import Filter
from soc_tui.analysts.offline.planner.tables import in_words
from soc_tui.analysts.offline.planner.value_lists import values_at
from soc_tui.analysts.packing.cell_text import escape
from soc_tui.model.catalog import Catalog, KqlType, TableSpec
from soc_tui.model.plan import Operator, Predicate


@dataclass(frozen=True, slots=True)
class Condition:
    """What a request says of one column.

    Attributes:
        start, end: Where it stands in the request.
        words: The words that say so.
        columns: What may be meant, the likeliest first.
        every: The row has to match each value, not only one.
        upper: The upper end of a range whose lower end is the value.
        noun: Length of the words that call the column, where they come first.
    """

    start: int
    end: int
    words: str
    columns: tuple[str, ...]
    operator: Operator
    values: tuple[str, ...]
    every: bool = False
    upper: str = ""
    noun: int = 0

    def held(self, table: TableSpec) -> bool:
        """Whether the table has the column."""
        return self.of_row or bool(self.column(table))

    def column(self, table: TableSpec) -> str:
        """The column of that table that is meant, or empty."""
        return next((name for name in self.columns if table.column(name)), "")

    @property
    def of_row(self) -> bool:
        """Whether it is said of the whole row: "events that contain acme"."""
        return _ROW.fullmatch(self.words[: len(self.words.split(maxsplit=1)[0])]) is not None


ROW_COLUMNS = (
    "FileName", "FolderPath", "PreviousFileName", "SourceFileName", "OfficeObjectId",
    "ProcessCommandLine", "InitiatingProcessCommandLine", "CommandLine", "SyslogMessage",
    "InitiatingProcessFileName", "RemoteUrl", "RegistryKey", "RegistryValueName",
    "RegistryValueData", "OperationNameValue", "OperationName", "Operation", "Title", "AlertName",
    "AppDisplayName", "UserAgent", "ResultDescription", "Subject", "Activity", "NSGRule_s",
    "AdditionalFields",
)  # fmt: skip
"""Where a word is looked for that a request gives without a column."""

_ROW = re.compile(
    r"which|that|events?|logs?|records?|rows?|entries|evidence|anything|everything", re.I
)
_RANGE = re.compile(
    r"\s*(?:is\s+|are\s+)?between\s+(?P<low>\d[\d.]*)\s+(?:and|to"
    r"|-)\s+(?P<high>\d[\d.]*)(?![\d:/-])",
    re.I,
)
_OR_MORE = re.compile(
    r"\s+(?:or|and)\s+(?P<more>higher|above|more|greater|larger|over)|\s+(?:or"
    r"|and)\s+(?:lower|below|less|under|smaller)\b",
    re.I,
)
_UNIT = re.compile(r"\s*(?P<unit>[kmgt]i?b|bytes|kilobytes?|megabytes?|gigabytes?)\b", re.I)
_BYTES = {"k": 1024, "m": 1024**2, "g": 1024**3, "t": 1024**4}
_DENIED = re.compile(
    r"(?:\b(?:exclud(?:ing|e)|except(?:\s+for)?|without|ignor(?:ing|e)|other\s+than|but\s+not|but\s+no"
    r"|lack(?:s|ing)|not|no|non|never)[\s-]+)(?:(?:those|ones|the|an?|any|all|with|where|whose|of|having|on|to|from|at|by|using|over|via|for)\s+)*$",
    re.I,
)
_SIZED = re.compile(
    r"\b(?:files?|archives?|documents?|executables?|attachments?)\s+(?:(?:that|which|are|of)\s+)*"
    r"(?P<than>(?P<more>(?:bigger|larger|greater|more|heavier)\s+than|over|above|exceeding)|"
    r"(?:(?:smaller|less|fewer)\s+than|under|below))\s+(?P<number>\d+(?:\.\d+)?)"
    r"(?=\s*(?:[kmgt]i?b|bytes|kilobytes?|megabytes?|gigabytes?)\b)",
    re.I,
)
TURNED = {
    Operator.IN: Operator.NOT_IN, Operator.CONTAINS: Operator.NOT_CONTAINS,
    Operator.HAS: Operator.NOT_HAS, Operator.STARTS_WITH: Operator.NOT_STARTS_WITH,
    Operator.ENDS_WITH: Operator.NOT_ENDS_WITH, Operator.REGEX: Operator.NOT_REGEX,
    Operator.EMPTY: Operator.NOT_EMPTY, Operator.GREATER: Operator.LESS_OR_EQUAL,
    Operator.LESS: Operator.GREATER_OR_EQUAL, Operator.GREATER_OR_EQUAL: Operator.LESS,
    Operator.LESS_OR_EQUAL: Operator.GREATER,
}  # fmt: skip
"""Comparisons and their opposites."""

_NEGATIVE = (
    Operator.NOT_IN, Operator.NOT_CONTAINS, Operator.NOT_HAS, Operator.NOT_STARTS_WITH,
    Operator.NOT_ENDS_WITH, Operator.NOT_REGEX,
)  # fmt: skip
_TEXT = (Operator.CONTAINS, Operator.HAS)
# What may be said of a whole row; "without" leaves out what is named after it.
_NEVER, _EVER = re.compile(r"(?!)"), re.compile("")
_OF_ROW = {
    Operator.CONTAINS: re.compile(r"contain|mention|includ", re.I),
    Operator.NOT_CONTAINS: re.compile(r"contain|mention|includ", re.I),
    Operator.REGEX: _EVER,
    Operator.NOT_REGEX: _EVER,
}
_ORDER = (
    Operator.GREATER, Operator.GREATER_OR_EQUAL, Operator.LESS, Operator.LESS_OR_EQUAL,
)  # fmt: skip
# Columns of long texts: a value beside them is a part.
_LONG = (
    "UserAgent", "ProcessCommandLine", "InitiatingProcessCommandLine", "CommandLine",
    "SyslogMessage", "Title", "Subject", "FolderPath", "RegistryKey", "RemoteUrl", "Description",
)  # fmt: skip
_NUMBERS = frozenset({KqlType.INT, KqlType.LONG, KqlType.REAL, KqlType.DECIMAL})


def conditions(text: str, catalog: Catalog) -> tuple[Condition, ...]:
    """Conditions on columns, in the order of the request; none overlap."""
    found: list[Condition] = [*_values_first(text, catalog), *_sizes(text, catalog)]
    text = without(text, found)
    end = 0
    for noun in _nouns(text, catalog):
        if noun.start < end:
            continue
        one = _turned(text, noun, _condition(text, noun, catalog))
        if one is not None:
            found.append(one)
            end = one.end
    return tuple(sorted(found, key=lambda one: one.start))


def unique(values: Sequence[str]) -> tuple[str, ...]:
    """Without repeats, in order."""
    return tuple(dict.fromkeys(values))


def _denied(text: str, at: int) -> int | None:
    """Where the words begin that deny what follows there ("excluding", "not"), or None."""
    before = _DENIED.search(text[:at])
    return before.start() if before else None


def _turned(text: str, noun: _Noun, found: Condition | None) -> Condition | None:
    """The opposite after "excluding …"; "no url", "without a url" as an empty column."""
    start = _denied(text, noun.start)
    if start is None or noun.of_row:
        return found
    if found is None:
        if not re.search(r"\b(?:no|without|lacks?|lacking)\b", text[start : noun.start], re.I):
            return None
        found = noun.says(text, noun.end, Operator.EMPTY)
    elif found.operator in TURNED:
        found = replace(found, operator=TURNED[found.operator], every=False)
    else:
        return found
    return replace(found, start=start, words=text[start : found.end], noun=noun.end - start)


def _sizes(text: str, catalog: Catalog) -> Iterator[Condition]:
    """ "Files bigger than 5 MB": the size, though it is not named."""
    if "FileSize" not in _all_columns(catalog):
        return
    for match in _SIZED.finditer(text):
        operator = Operator.GREATER if match["more"] else Operator.LESS
        noun = _Noun(match.start("than"), match.start("number"), ("FileSize",), "", of_row=False)
        if one := _ordered(text, noun, operator, match["number"], match.end("number")):
            yield one


def _values_first(text: str, catalog: Catalog) -> Iterator[Condition]:
    """ "High or medium severity": the values before their column."""
    known = frozenset(_all_columns(catalog))
    levels = _words()["levels"]
    for (noun, values), (_, columns) in zip(
        _words()["beside"].items(), levels.items(), strict=True
    ):
        there = tuple(name for name in columns if name in known)
        one = rf"(?:{values})"
        listed = (
            rf"(?<![\w-])(?P<all>{one}(?:(?:\s*,\s*|\s*/\s*|\s+)(?:(?:or|and"
            rf"|to)\s+)?{one})*)[\s-]+(?:{noun})(?![\w-])"
        )
        for match in re.finditer(listed, text, re.I) if there else ():
            start = _denied(text, match.start())
            operator = Operator.IN if start is None else Operator.NOT_IN
            start = match.start() if start is None else start
            said = tuple(re.findall(rf"(?<![\w-]){one}(?![\w-])", match["all"], re.I))
            yield Condition(
                start, match.end(), text[start : match.end()], there, operator, unique(said)
            )


def column_filters(found: Sequence[Condition], table: TableSpec) -> tuple[Filter, ...]:
    """The conditions as filters on that table; those on columns it lacks give none."""
    made: list[Filter] = []
    for one in found:
        name = one.column(table)
        if one.of_row:
            made.extend(_row_filters(one, table))
        elif name:
            made.extend(_filters(one, name, table))
    return tuple(made)


def without(text: str, found: Sequence[Condition]) -> str:
    """The request with blanks where the conditions stand."""
    for one in found:
        text = text[: one.start] + " " * (one.end - one.start) + text[one.end :]
    return text


def columns_called(words: str, table: TableSpec) -> str:
    """The table's column that is called so, or empty."""
    words = words.strip()
    for pattern, columns in _called():
        if pattern.fullmatch(words):
            known = next((name for name in columns if table.column(name)), "")
            if known:
                return known
    squeezed = re.sub(r"[\s_-]+", "", words).casefold()
    names = {name.casefold(): name for name in table.column_names}
    return names.get(squeezed) or names.get(squeezed.removesuffix("s"), "")


def _row_filters(one: Condition, table: TableSpec) -> Iterator[Filter]:
    present = tuple(name for name in ROW_COLUMNS if table.column(name))
    denies = one.operator in _NEGATIVE
    groups = [(value,) for value in one.values] if one.every else [one.values]
    for values in groups:
        said = " or ".join(f"“{escape(value[:80])}”" for value in values)
        for columns in [(name,) for name in present] if denies else [present]:
            why = f"{', '.join(columns)} {one.operator} {said}."
            yield Filter(Predicate(columns, one.operator, values), why)


def _filters(one: Condition, name: str, table: TableSpec) -> Iterator[Filter]:
    column = table.column(name)
    number = column is not None and column.type in _NUMBERS
    operator = one.operator
    if number and operator in (Operator.CONTAINS, Operator.HAS):
        operator = Operator.IN
    if one.upper:
        upper = Predicate((name,), Operator.LESS_OR_EQUAL, (one.upper,))
        yield Filter(upper, f"{name} at most {one.upper}.")
    groups = [(value,) for value in one.values] if one.every else [one.values]
    for values in groups:
        chosen = operator
        if chosen is Operator.HAS and len(values) > 1:
            chosen = Operator.HAS_ANY
        said = ", ".join(f"“{escape(value[:80])}”" for value in values)
        yield Filter(
            Predicate((name,), chosen, values), f"{name} {chosen} {said}.".replace(" .", ".")
        )


@dataclass(frozen=True, slots=True)
class _Noun:
    """Where a request calls a column: the place, what may be meant, values known beside it."""

    start: int
    end: int
    columns: tuple[str, ...]
    beside: str
    of_row: bool

    def says(
        self,
        text: str,
        end: int,
        operator: Operator,
        values: Sequence[str] = (),
        *,
        every: bool = False,
        upper: str = "",
    ) -> Condition:
        """The condition that ends there."""
        return Condition(
            self.start,
            end,
            text[self.start : end],
            self.columns,
            operator,
            tuple(values),
            every,
            upper,
            noun=self.end - self.start,
        )


def _condition(text: str, noun: _Noun, catalog: Catalog) -> Condition | None:
    """What is said of a column, if anything is."""

    def stops(at: int) -> bool:
        return _begins_condition(text, at, catalog)

    if match := _RANGE.match(text, noun.end):
        ends = (match["low"],)
        at_least = Operator.GREATER_OR_EQUAL
        return noun.says(text, match.end(), at_least, ends, upper=match["high"])
    for pattern, operator in COMPARISONS:
        match = pattern.match(text, noun.end)
        if match is None or (noun.of_row and not _OF_ROW.get(operator, _NEVER).search(match[0])):
            continue
        if found := _compared(text, noun, operator, match.end(), stops):
            return found
    if noun.of_row:
        return None
    values, end, _ = values_at(text, noun.end, stops)
    if values and all(_is_value(one, text[noun.end : end], noun.beside) for one in values):
        operator = Operator.CONTAINS if noun.columns[0] in _LONG else Operator.IN
        return noun.says(text, end, operator, values)
    return None


def _compared(
    text: str, noun: _Noun, operator: Operator, at: int, stops: Callable[[int], bool]
) -> Condition | None:
    """The condition of a comparison whose values begin there; None without any."""
    if operator in (Operator.EMPTY, Operator.NOT_EMPTY):
        return noun.says(text, at, operator)
    values, end, all_of = values_at(text, at, stops)
    if not values:
        return None
    more = _OR_MORE.match(text, end)
    if operator is Operator.IN and more and values[0][:1].isdigit():
        operator, end = (
            Operator.GREATER_OR_EQUAL if more["more"] else Operator.LESS_OR_EQUAL,
            more.end(),
        )
    if operator in _ORDER:
        return _ordered(text, noun, operator, values[0], end)
    every = all_of and operator in _TEXT and len(values) > 1
    return noun.says(text, end, operator, values, every=every)


def _ordered(text: str, noun: _Noun, operator: Operator, value: str, end: int) -> Condition | None:
    """A comparison with a number, which may have a unit of bytes."""
    number = re.fullmatch(r"(\d+(?:\.\d+)?)(?P<unit>[kmgt]i?b)?", value.replace(",", ""), re.I)
    if number is None:
        return None
    unit = _UNIT.match(text, end)
    said = number["unit"] or (unit["unit"] if unit else "")
    amount = float(number[1]) * _BYTES.get(said[:1].lower(), 1)
    written = f"{int(amount)}" if amount.is_integer() else f"{amount:g}"
    return noun.says(text, unit.end() if unit else end, operator, (written,))


def _is_value(value: str, words: str, beside: str) -> bool:
    """Whether a word right after the column can only be its value."""
    quoted = any(f"{mark}{value}" in words for mark in "\"'“‘`")
    known = bool(beside) and re.fullmatch(beside, value, re.I) is not None
    return quoted or known or any(letter.isdigit() for letter in value)


def _begins_condition(text: str, at: int, catalog: Catalog) -> bool:
    return _noun_pattern(tuple(_all_columns(catalog))).match(text, at) is not None


def _nouns(text: str, catalog: Catalog) -> Iterator[_Noun]:
    """Where columns are called."""
    names = tuple(_all_columns(catalog))
    known = frozenset(names)
    for match in _noun_pattern(names).finditer(text):
        words = match[0]
        columns: list[str] = []
        beside = ""
        for number, (pattern, meant) in enumerate(_called()):
            if pattern.fullmatch(words):
                columns.extend(meant)
                beside = _beside()[number] or beside
        squeezed = re.sub(r"[\s_-]+", "", words).casefold()
        own = _by_name(names)
        exact = own.get(squeezed) or own.get(squeezed.removesuffix("s"), ())
        exact_first = "".join(words.split()) in exact
        columns = [*exact, *columns] if exact_first else [*columns, *exact]
        of_row = _ROW.fullmatch(words) is not None
        if of_row:
            columns = [*ROW_COLUMNS]
        columns = [name for name in columns if name in known]
        if not columns:
            continue
        yield _Noun(match.start(), match.end(), tuple(dict.fromkeys(columns)), beside, of_row)


def _all_columns(catalog: Catalog) -> Collection[str]:
    return dict.fromkeys(
        column for table in catalog.tables.values() for column in table.column_names
    )


@cache
def _by_name(names: tuple[str, ...]) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for name in names:
        found.setdefault(re.sub(r"[\s_-]+", "", name).casefold(), []).append(name)
    return {key: tuple(value) for key, value in found.items()}


@cache
def _noun_pattern(names: tuple[str, ...]) -> re.Pattern[str]:
    """Every way to call a column, longest first."""
    own = {in_words(name) for name in names if len(name) > 2}
    called = [pattern.pattern[len("(?:") : -1] for pattern, _ in _called()]
    ways = [*(way for way in called), *sorted(own, key=len, reverse=True)]
    ways.sort(key=len, reverse=True)
    longest = "|".join(sorted(own, key=len, reverse=True))
    words = "|".join(called)
    return re.compile(
        rf"(?<![\w.@\\/-])(?:{longest}|{words}|{_ROW.pattern})(?![\w@\\/-]|\.\w)", re.I
    )


@cache
def _called() -> tuple[tuple[re.Pattern[str], tuple[str, ...]], ...]:
    return tuple(
        (re.compile(rf"(?:{words})", re.I), tuple(columns))
        for words, columns in _words()["called"].items()
    )


@cache
def _beside() -> tuple[str, ...]:
    beside = _words()["beside"]
    return tuple(str(beside.get(words, "")) for words in _words()["called"])


@cache
def _words() -> Mapping[str, Mapping[str, Sequence[str]]]:
    text = (resources.files(__package__) / "columns.toml").read_text("utf-8")
    found: Mapping[str, Mapping[str, Sequence[str]]] = tomllib.loads(text)
    return found
