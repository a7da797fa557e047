"""What requests call the columns of tables: by their names in words, and by columns.toml. Pure."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from soc_tui.analysts.offline.planner.tables import in_words
from soc_tui.model.catalog import Catalog, TableSpec

ROW_COLUMNS = (
    "FileName", "FolderPath", "PreviousFileName", "SourceFileName", "OfficeObjectId",
    "ProcessCommandLine", "InitiatingProcessCommandLine", "CommandLine", "SyslogMessage",
    "InitiatingProcessFileName", "RemoteUrl", "RegistryKey", "RegistryValueName",
    "RegistryValueData", "OperationNameValue", "OperationName", "Operation", "Title", "AlertName",
    "AppDisplayName", "UserAgent", "ResultDescription", "Subject", "Activity", "NSGRule_s",
    "AdditionalFields",
)  # fmt: skip
"""Where a word is looked for that a request gives without a column."""

_UNITS = re.compile(r"(?<=[a-z])(?:Ms|MB|GB|InBytes|_[sdgbt])$")
ROW = re.compile(
    r"which|that|events?|logs?|records?|rows?|entries|evidence|anything|everything", re.I
)
"""What may be said instead of a column: any of the row."""


@dataclass(frozen=True, slots=True)
class Noun:
    """Where a request calls a column: the place, what may be meant, values known beside it."""

    start: int
    end: int
    columns: tuple[str, ...]
    beside: str
    of_row: bool


def nouns(text: str, catalog: Catalog) -> Iterator[Noun]:
    """Where columns are called."""
    names = tuple(all_columns(catalog))
    known = frozenset(names)
    for first in _noun_pattern(names).finditer(text):
        match = _longest(text, first, names)
        words = match[0]
        columns: list[str] = []
        beside = ""
        for number, (pattern, meant) in enumerate(_called()):
            if pattern.fullmatch(words):
                columns.extend(meant)
                beside = _beside()[number] or beside
        squeezed = re.sub(r"[\s_-]+", "", words).casefold()
        own = _by_name(names)
        exact = next((own[key] for key in _singular(squeezed) if key in own), ())
        exact_first = "".join(words.split()) in exact
        columns = [*exact, *columns] if exact_first else [*columns, *exact]
        of_row = ROW.fullmatch(words) is not None
        if of_row:
            columns = [*ROW_COLUMNS]
        columns = [name for name in columns if name in known]
        if not columns:
            continue
        yield Noun(match.start(), match.end(), tuple(dict.fromkeys(columns)), beside, of_row)


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


def begins_condition(text: str, at: int, catalog: Catalog) -> bool:
    """Whether a column is called there."""
    return _noun_pattern(tuple(all_columns(catalog))).match(text, at) is not None


def all_columns(catalog: Catalog) -> Collection[str]:
    """Columns of all tables, each once."""
    return dict.fromkeys(
        column for table in catalog.tables.values() for column in table.column_names
    )


def _singular(word: str) -> tuple[str, ...]:
    return (word, word.removesuffix("s"), re.sub(r"ies$", "y", word))


@cache
def _by_name(names: tuple[str, ...]) -> Mapping[str, tuple[str, ...]]:
    """Columns by their names in small letters, also without the unit that they end in."""
    found: dict[str, list[str]] = {}
    for name in names:
        for short in dict.fromkeys((name, _UNITS.sub("", name))):
            found.setdefault(re.sub(r"[\s_-]+", "", short).casefold(), []).append(name)
    return {key: tuple(value) for key, value in found.items()}


def _longest(text: str, match: re.Match[str], names: tuple[str, ...]) -> re.Match[str]:
    """The longest way to call a column that begins there: "resource name" before "resource"."""
    ways = (pattern.match(text, match.start()) for pattern in _ways(names))
    return max((match, *filter(None, ways)), key=lambda one: one.end())


@cache
def _noun_pattern(names: tuple[str, ...]) -> re.Pattern[str]:
    """Every way to call a column."""
    own, called = _ways(names)
    return re.compile(rf"{own.pattern}|{called.pattern}", re.I)


@cache
def _ways(names: tuple[str, ...]) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Columns by their own names, longest first, and by those of columns.toml."""
    own = {in_words(short) for name in names for short in (name, _UNITS.sub("", name)) if short[2:]}
    longest = "|".join(
        re.sub(r"y$", "(?:y|ies)", way) for way in sorted(own, key=len, reverse=True)
    )
    words = sorted((pattern.pattern for pattern, _ in _called()), key=len, reverse=True)
    return tuple(  # type: ignore[return-value]
        re.compile(rf"(?<![\w.@\\/-])(?:{ways})(?![\w@\\/-]|\.\w)", re.I)
        for ways in (f"(?:{longest})s?", "|".join([*words, ROW.pattern]))
    )


@cache
def _called() -> tuple[tuple[re.Pattern[str], tuple[str, ...]], ...]:
    return tuple(
        (re.compile(rf"(?:{words})", re.I), tuple(columns))
        for words, columns in column_words()["called"].items()
    )


@cache
def _beside() -> tuple[str, ...]:
    beside = column_words()["beside"]
    return tuple(str(beside.get(words, "")) for words in column_words()["called"])


@cache
def column_words() -> Mapping[str, Mapping[str, Sequence[str]]]:
    """columns.toml."""
    text = (resources.files(__package__) / "columns.toml").read_text("utf-8")
    found: Mapping[str, Mapping[str, Sequence[str]]] = tomllib.loads(text)
    return found
