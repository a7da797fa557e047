"""Conditions on columns that a request names: "remote port is 8443", "severity high or medium". Pure.

A condition is a column as analysts call it (columns.toml, or its name in words), a comparison, and
one value or a list. A list is one filter on that column. Values of text comparisons that are joined
by "and" must all be there.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from typing import Protocol

from soc_tui.analysts.offline.planner.narrowing import Filter
from soc_tui.analysts.offline.planner.tables import in_words
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


class _Make(Protocol):
    def __call__(
        self, end: int, operator: Operator, values: Sequence[str], *, every: bool = False
    ) -> Condition: ...


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
_BE = r"(?:is|are|was|were|be|being)"
_NOT = rf"(?:(?:{_BE}|do|does|did|has|have|must|should)?\s*(?:not|n['’]t|never)|(?:{_BE}|do|does|did)n['’]t|neither|no)"
_LINK = r"(?:that|which|whose|who)?\s*"
# The comparisons in the order in which they are tried.
_COMPARISONS: tuple[tuple[str, Operator], ...] = (
    (
        rf"(?:{_NOT}\s+(?:empty|blank|null)|(?:{_BE}|has been)\s+(?:set|present|filled)|non-?empty|exists?)\b",
        Operator.NOT_EMPTY,
    ),
    (rf"(?:{_BE}\s+)?(?:empty|blank|null|missing|{_NOT}\s+(?:set|present))\b", Operator.EMPTY),
    (
        rf"{_NOT}\s+(?:match(?:es|ing)?)\s+(?:the\s+)?(?:regex|regexp|regular expressions?|pattern)(?:\s+of)?",
        Operator.NOT_REGEX,
    ),
    (
        r"match(?:es|ed|ing)?\s+(?:with\s+|the\s+|a\s+)*(?:regex|regexp|regular expressions?|pattern)(?:\s+of)?",
        Operator.REGEX,
    ),
    (
        rf"(?:{_NOT}\s+(?:contain(?:s|ing)?|includ(?:e|es|ing)|mention(?:s|ing)?)|without|lacks|lacking|!contains)\b",
        Operator.NOT_CONTAINS,
    ),
    (
        r"(?:contain(?:s|ed|ing)?|includ(?:e|es|ed|ing)|mention(?:s|ing)?|with the (?:text|string|words?)|like)\b",
        Operator.CONTAINS,
    ),
    (rf"(?:{_NOT}\s+(?:have|has|having)|!has)\b", Operator.NOT_HAS),
    (rf"{_NOT}\s+(?:start(?:s|ing|ed)?|begin(?:s|ning)?)\s+with\b", Operator.NOT_STARTS_WITH),
    (
        r"(?:start(?:s|ing|ed)?|begin(?:s|ning)?)\s+with\b|prefixed (?:with|by)\b",
        Operator.STARTS_WITH,
    ),
    (rf"{_NOT}\s+end(?:s|ing|ed)?\s+(?:with|in)\b", Operator.NOT_ENDS_WITH),
    (r"end(?:s|ing|ed)?\s+(?:with|in|by)\b", Operator.ENDS_WITH),
    (
        rf"(?:{_BE}\s+)?(?:greater|larger|higher|more|bigger|later)\s+than\s+or\s+equals?\s+(?:to\s+)?|(?:{_BE}\s+)?(?:of\s+)?(?:at least|no less than|not less than|not below|not under)\b|>=",
        Operator.GREATER_OR_EQUAL,
    ),
    (
        rf"(?:{_BE}\s+)?(?:less|lower|smaller|fewer|earlier)\s+than\s+or\s+equals?\s+(?:to\s+)?|(?:{_BE}\s+)?(?:of\s+)?(?:at most|no more than|not more than|not above|not over|up to)\b|<=",
        Operator.LESS_OR_EQUAL,
    ),
    (
        rf"(?:{_BE}\s+|has\s+|of\s+)?(?:(?:greater|larger|higher|more|bigger)\s+than|over|above|exceed(?:s|ing)?)\b|>(?!=)",
        Operator.GREATER,
    ),
    (
        rf"(?:{_BE}\s+|of\s+)?(?:(?:less|lower|smaller|fewer)\s+than|below|under)\b|<(?![=>])",
        Operator.LESS,
    ),
    (
        rf"{_NOT}\s+(?:equals?(?:\s+to)?|one of|any of|in|(?:named|called))\b|(?:{_BE}\s+)?(?:other than|different from|unlike|anything but|not equal to)\b"
        rf"|(?:except|excluding|but not)(?:\s+for)?\b|!=|!~|<>|{_BE}\s+neither\b|(?:{_BE}\s+not|{_BE}n['’]t|not)\b",
        Operator.NOT_IN,
    ),
    (r"(?:has|have|having)\b", Operator.HAS),
    (
        rf"(?:(?:{_BE}\s+)?equals?(?:\s+to)?|equal(?:ing)?\s+to|{_BE}\s+(?:in|one of|any of|either|named|called|set to)|{_BE}|in(?=\s*[(\[])|named|called|either|of(?=\s+[\d\"'“]))\b|==|=~|=|:",
        Operator.IN,
    ),
)
_COMPARISON = tuple(
    (re.compile(rf"\s*{_LINK}(?:{words})", re.I), operator) for words, operator in _COMPARISONS
)
_FILLER = re.compile(
    r"\s*(?:(?:the|an?|either|both|any|all|one|of|value|values|text|string|word|words|exactly|to|these|following|folder|file|process)\s+)*[:\[(]*\s*",
    re.I,
)
_QUOTED = re.compile(r"\"([^\"]+)\"|“([^”]+)”|‘([^’]+)’|`([^`]+)`|(?<!\w)'([^']+)'(?!\w)")
_TOKEN = re.compile(r"[^\s,;\"“”‘’]+")
_SEPARATOR = re.compile(
    r"\s*(?:,\s*(?:(?P<c>and|or|nor)\s+)?|(?:/|\|)\s*|\s(?P<w>and|or|nor|&)\s+)(?:the\s+|either\s+|with\s+|contains?\s+|has\s+|\"(?=\"))?",
    re.I,
)
_NEXT_QUOTED = re.compile(r"\s+(?=['\"“‘])")
_CAPITALS = re.compile(r"(?:\s[A-Z][\w.-]*)+")
_RANGE = re.compile(
    r"\s*(?:is\s+|are\s+)?between\s+(?P<low>\d[\d.]*)\s+(?:and|to|-)\s+(?P<high>\d[\d.]*)(?![\d:/-])",
    re.I,
)
_OR_MORE = re.compile(
    r"\s+(?:or|and)\s+(?P<more>higher|above|more|greater|larger|over)|\s+(?:or|and)\s+(?:lower|below|less|under|smaller)\b",
    re.I,
)
_UNIT = re.compile(r"\s*(?P<unit>[kmgt]i?b|bytes|kilobytes?|megabytes?|gigabytes?)\b", re.I)
_BYTES = {"k": 1024, "m": 1024**2, "g": 1024**3, "t": 1024**4}
# Words that begin something else, where a value without quotation marks could stand.
_NO_VALUES = frozenset(
    [
        "a",
        "an",
        "the",
        "this",
        "that",
        "these",
        "those",
        "which",
        "who",
        "whom",
        "whose",
        "where",
        "when",
        "what",
        "why",
        "how",
        "and",
        "or",
        "not",
        "no",
        "nor",
        "in",
        "on",
        "at",
        "for",
        "from",
        "to",
        "of",
        "by",
        "with",
        "within",
        "without",
        "between",
        "since",
        "until",
        "before",
        "after",
        "during",
        "over",
        "under",
        "is",
        "are",
        "was",
        "were",
        "be",
        "been",
        "has",
        "have",
        "had",
        "do",
        "does",
        "did",
        "it",
        "its",
        "they",
        "them",
        "their",
        "there",
        "then",
        "so",
        "if",
        "show",
        "list",
        "give",
        "get",
        "find",
        "display",
        "count",
        "group",
        "sort",
        "order",
        "only",
        "also",
        "per",
        "each",
        "every",
        "any",
        "all",
        "some",
        "last",
        "past",
        "previous",
        "recent",
        "same",
        "different",
        "unique",
        "distinct",
        "empty",
        "null",
        "known",
        "unknown",
        "being",
        "than",
        "because",
        "but",
        "while",
        "as",
        "into",
        "via",
        "through",
        "please",
        "order",
        "sorted",
        "grouped",
        "ordered",
    ]
)
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
    found: list[Condition] = list(_values_first(text, catalog))
    text = without(text, found)
    end = 0
    for start, after, columns, beside in _nouns(text, catalog):
        if start < end:
            continue
        one = _condition(text, start, after, columns, beside, catalog)
        if one is not None:
            found.append(one)
            end = one.end
    return tuple(sorted(found, key=lambda one: one.start))


def _values_first(text: str, catalog: Catalog) -> Iterator[Condition]:
    """ "High or medium severity": the values before their column."""
    known = frozenset(_all_columns(catalog))
    levels = _words()["levels"]
    for (noun, values), (_, columns) in zip(
        _words()["beside"].items(), levels.items(), strict=True
    ):
        there = tuple(name for name in columns if name in known)
        one = rf"(?:{values})"
        listed = rf"(?<![\w-])(?P<all>{one}(?:(?:\s*,\s*|\s*/\s*|\s+)(?:(?:or|and|to)\s+)?{one})*)[\s-]+(?:{noun})(?![\w-])"
        for match in re.finditer(listed, text, re.I) if there else ():
            said = tuple(re.findall(rf"(?<![\w-]){one}(?![\w-])", match["all"], re.I))
            yield Condition(
                match.start(), match.end(), match[0], there, Operator.IN, tuple(dict.fromkeys(said))
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


def _condition(
    text: str,
    start: int,
    after: int,
    columns: tuple[str, ...],
    beside: str,
    catalog: Catalog,
) -> Condition | None:
    def made(
        end: int, operator: Operator, values: Sequence[str], *, every: bool = False
    ) -> Condition:
        words = text[start:end]
        return Condition(
            start, end, words, columns, operator, tuple(values), every, noun=after - start
        )

    if match := _RANGE.match(text, after):
        ends = (match["low"],)
        low = made(match.end(), Operator.GREATER_OR_EQUAL, ends)
        return replace(low, upper=match["high"])
    of_row = _ROW.fullmatch(text[start:after]) is not None
    for pattern, operator in _COMPARISON:
        match = pattern.match(text, after)
        if match is None or (of_row and not _OF_ROW.get(operator, _NEVER).search(match[0])):
            continue
        if operator in (Operator.EMPTY, Operator.NOT_EMPTY):
            return made(match.end(), operator, ())
        values, end, all_of = _values(text, match.end(), catalog)
        if not values:
            continue
        if operator in _ORDER:
            return _ordered(text, values, end, operator, made)
        if (
            operator is Operator.IN
            and (more := _OR_MORE.match(text, end))
            and values[0][:1].isdigit()
        ):
            chosen = Operator.GREATER_OR_EQUAL if more["more"] else Operator.LESS_OR_EQUAL
            return made(more.end(), chosen, values[:1])
        every = all_of and operator in _TEXT and len(values) > 1
        return made(end, operator, values, every=every)
    if of_row:
        return None
    values, end, _ = _values(text, after, catalog)
    sure = [value for value in values if _is_value(value, text[after:end], beside)]
    if sure and len(sure) == len(values):
        return made(end, Operator.CONTAINS if columns[0] in _LONG else Operator.IN, values)
    return None


def _ordered(
    text: str, values: Sequence[str], end: int, operator: Operator, made: _Make
) -> Condition | None:
    number = re.fullmatch(r"(\d+(?:\.\d+)?)(?P<unit>[kmgt]i?b)?", values[0].replace(",", ""), re.I)
    if number is None:
        return None
    unit = _UNIT.match(text, end)
    said = number["unit"] or (unit["unit"] if unit else "")
    value = float(number[1]) * _BYTES.get(said[:1].lower(), 1)
    written = f"{value:g}" if value < 1e5 and not value.is_integer() else f"{int(value)}"
    end = unit.end() if unit else end
    return made(end, operator, (written,))


def _is_value(value: str, words: str, beside: str) -> bool:
    """Whether a word right after the column can only be its value."""
    quoted = any(f"{mark}{value}" in words for mark in "\"'“‘`")
    known = bool(beside) and re.fullmatch(beside, value, re.I) is not None
    return quoted or known or any(letter.isdigit() for letter in value)


def _values(text: str, at: int, catalog: Catalog) -> tuple[tuple[str, ...], int, bool]:
    """A value or a list of values, where it ends, and whether it is joined by "and"."""
    filler = _FILLER.match(text, at)
    at = filler.end() if filler else at
    values: list[str] = []
    joined: set[str] = set()
    quoted_all = True
    while True:
        item = _item(text, at, catalog, first=not values, quoted_only=bool(values) and quoted_all)
        if item is None:
            break
        value, end, quoted = item
        quoted_all = quoted_all and quoted
        values.append(value)
        separator = _SEPARATOR.match(text, end) or (
            _NEXT_QUOTED.match(text, end) if quoted else None
        )
        last = end
        if separator is None:
            break
        word = (
            separator.groupdict().get("c") or separator.groupdict().get("w")
            if separator.re is _SEPARATOR
            else None
        )
        if _item(text, separator.end(), catalog, first=False, quoted_only=quoted_all) is None:
            break
        if word:
            joined.add(word.lower())
        at = separator.end()
    if not values:
        return (), at, False
    closing = re.compile(r"\s*[\])]").match(text, last)
    last = closing.end() if closing else last
    return tuple(dict.fromkeys(values)), last, bool(joined) and joined <= {"and", "&"}


def _item(
    text: str, at: int, catalog: Catalog, *, first: bool, quoted_only: bool
) -> tuple[str, int, bool] | None:
    if match := _QUOTED.match(text, at):
        return (
            next(group for group in match.groups() if group is not None).strip(),
            match.end(),
            True,
        )
    match = _TOKEN.match(text, at)
    if match is None:
        return None
    word = match[0].lstrip("([").rstrip(".?!:)]'")
    end = match.start() + match[0].find(word) + len(word)
    plain = word.lower()
    if not word or plain in _NO_VALUES or not re.search(r"\w", word):
        return None
    if quoted_only and not re.search(r"[\d._\\@-]", word):
        return None
    if not first and _begins_condition(text, at, catalog):
        return None
    if first and word[:1].isupper() and (more := _CAPITALS.match(text, end)):
        if not any(part.lower() in _NO_VALUES for part in more[0].split()):
            word, end = text[match.start() : more.end()].rstrip(".?!:)"), more.end()
    return word, end, False


def _begins_condition(text: str, at: int, catalog: Catalog) -> bool:
    return _noun_pattern(tuple(_all_columns(catalog))).match(text, at) is not None


def _nouns(text: str, catalog: Catalog) -> Iterator[tuple[int, int, tuple[str, ...], str]]:
    """Where columns are called: start, end, what may be meant, and values known to stand beside."""
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
        if _ROW.fullmatch(words):
            columns = [*ROW_COLUMNS]
        columns = [name for name in columns if name in known]
        if not columns:
            continue
        yield match.start(), match.end(), tuple(dict.fromkeys(columns)), beside


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
