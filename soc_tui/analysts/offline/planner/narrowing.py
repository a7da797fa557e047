"""Words that narrow a table ("failed", "inbound", "from Norway"), read as filters."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from soc_tui.analysts.offline.planner.column_kinds import Kind, columns_of
from soc_tui.analysts.offline.planner.countries import countries, country_names
from soc_tui.analysts.offline.planner.named_columns import TURNED
from soc_tui.model.catalog import TableSpec
from soc_tui.model.plan import Operator, Predicate

_NOT = re.compile(
    r"\b(?:not|non|never|isn['’]t|aren['’]t|wasn['’]t)[\s-]+(?:(?:an?|the|any)\s+)?$", re.I
)
_COUNTRY_COLUMNS = ("Location", "Country_s", "Country")
_REGION_COLUMNS = (
    "AzureLocation", "AzureRegion", "ResourceLocation", "AWSRegion", "Region_s", "Region",
    "Location",
)  # fmt: skip
_REGION = re.compile(
    r"\b(?:north|south|east|west|central|north ?central|south ?central|west ?central|southeast"
    r"|northeast|france ?central|germany ?west ?central|norway ?east|sweden ?central|uk ?south"
    r"|uk ?west|japan ?east"
    r"|switzerland ?north|canada ?central|australia ?east|brazil ?south|korea ?central"
    r"|uae ?north)(?:[ -]?(?:US|USA|europe|asia|india))?(?: ?[23])?\b(?<!\bnorth)(?<!\bsouth)"
    r"(?<!\beast)(?<!\bwest)(?<!\bcentral)(?<!\bsoutheast)(?<!\bnortheast)",
    re.I,
)
_FOLDERS = {
    "temp(?:orary)?": "\\Temp\\", "app ?data": "\\AppData\\",
    "downloads?": "\\Downloads\\", "program ?data": "\\ProgramData\\", "perf ?logs": "\\PerfLogs\\",
    "recycle(?:r| ?bin)": "\\$Recycle.Bin\\", "public": "\\Users\\Public\\",
    "desktop": "\\Desktop\\",
    "startup": "\\Startup\\", "system32": "\\System32\\", "documents": "\\Documents\\",
}  # fmt: skip
_FOLDER = "|".join(_FOLDERS)
# "In downloads", "a temp folder", and with a second one: "from temp or appdata". "Temp" alone may
# be a name, and "downloads" are events.
_IN_FOLDERS = re.compile(
    rf"\b(?:from|in|into|under|inside|out of|to)\s+(?:(?:an?|any|the|his|her|their|user\w*['’]?s?"
    rf"|profile)\s+)*(?:{_FOLDER})(?:(?:\s*,|\s+or|\s+and)\s+(?:\w+\s+){{0,3}}?(?:{_FOLDER}))*\b"
    rf"(?!\s+(?:ip|ips|address|internet|files?\b))"
    rf"|\b(?:{_FOLDER})\s+(?:folders?|director(?:y|ies)|paths?)\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Filter:
    """A predicate and the sentence that explains it."""

    predicate: Predicate
    why: str


@dataclass(frozen=True, slots=True)
class _Words:
    """One entry of narrowing.toml."""

    say: re.Pattern[str]
    undone_by: re.Pattern[str] | None
    column: str
    operator: Operator
    values: tuple[str, ...]
    means: str


def narrowing(text: str, table: TableSpec) -> tuple[Filter, ...]:
    """Filters that the words of a request stand for; those on one column are put together."""
    found: dict[tuple[str, Operator], tuple[list[str], list[str]]] = {}
    for entry in _entries().get(table.name, ()):
        if table.column(entry.column) is None:
            continue
        if entry.undone_by is not None and entry.undone_by.search(text):
            continue
        for match in entry.say.finditer(text):
            operator = entry.operator
            if _NOT.search(text[: match.start()]):
                if operator not in TURNED:
                    continue
                operator = TURNED[operator]
            values, meanings = found.setdefault((entry.column, operator), ([], []))
            values.extend(_value(value, match) for value in entry.values)
            meanings.append(entry.means if operator is entry.operator else f"not {entry.means}")
    for column, codes in _countries(text, table):
        found[column, Operator.IN] = (list(codes), ["those countries"])
    for column, regions in _places(text, table):
        found[column, Operator.STARTS_WITH] = (list(regions), ["that region"])
    for column, folders in _folders(text, table):
        found[column, Operator.CONTAINS] = (list(folders), ["those folders"])
    return tuple(
        _filter(column, operator, tuple(dict.fromkeys(values)), tuple(dict.fromkeys(meanings)))
        for (column, operator), (values, meanings) in found.items()
    )


def spans(text: str, tables: Iterable[str]) -> list[tuple[int, int]]:
    """Where words stand that narrow one of the tables."""
    chosen = (entry for table in tables for entry in _entries().get(table, ()))
    patterns = tuple(entry.say for entry in chosen)
    return [match.span() for pattern in patterns for match in pattern.finditer(text)]


def folder_spans(text: str, table: TableSpec) -> list[tuple[int, int]]:
    """Where folders of a filter are called by their names."""
    found = _IN_FOLDERS.finditer(text) if any(_folders(text, table)) else ()
    return [match.span() for match in found]


def sources() -> Iterator[str]:
    """The regular expressions of all words."""
    yield from (entry.say.pattern for entries in _entries().values() for entry in entries)


def _filter(
    column: str, operator: Operator, values: tuple[str, ...], meanings: tuple[str, ...]
) -> Filter:
    if operator is Operator.HAS and len(values) > 1:
        operator = Operator.HAS_ANY
    shown = ", ".join(values)
    return Filter(
        Predicate((column,), operator, values),
        f"Only {' and '.join(meanings)} ({column} {operator} {shown}).",
    )


def _value(value: str, match: re.Match[str]) -> str:
    if value != "$value":
        return value
    groups = match.groupdict()
    return (groups.get("value") or groups.get("value2") or "").strip()


def _countries(text: str, table: TableSpec) -> Iterator[tuple[str, tuple[str, ...]]]:
    column = next((name for name in _COUNTRY_COLUMNS if table.column(name)), "")
    if column and not table.user_column and _regions(text):
        return
    if codes := countries(text):
        if column:
            yield column, codes
        # Of a table that no list knows it is not known whether it holds codes or names.
        elif alike := columns_of(Kind.COUNTRY, table):
            yield alike[0], (*codes, *country_names(text))


def _regions(text: str) -> tuple[str, ...]:
    """Azure regions as Azure writes them: "east US 2" is eastus2."""
    found = (re.sub(r"[\s-]+", "", match[0]).lower() for match in _REGION.finditer(text))
    return tuple(dict.fromkeys(found))


def _places(text: str, table: TableSpec) -> Iterator[tuple[str, tuple[str, ...]]]:
    column = next((name for name in _REGION_COLUMNS if table.column(name)), "")
    if column == "Location" and table.user_column:
        return  # of people
    if column and (regions := _regions(text)):
        yield column, regions


def _folders(text: str, table: TableSpec) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Folders that are called by their name, without a path."""
    said = " ".join(match[0] for match in _IN_FOLDERS.finditer(text))
    folders = tuple(
        folder for name, folder in _FOLDERS.items() if re.search(rf"\b(?:{name})\b", said, re.I)
    )
    columns = ("FolderPath", "RegistryValueData", "FilePath", "ProcessCommandLine", "CommandLine")
    column = next((name for name in columns if table.column(name)), "")
    if folders and column:
        yield column, folders


@cache
def _entries() -> Mapping[str, tuple[_Words, ...]]:
    text = (resources.files(__package__) / "narrowing.toml").read_text("utf-8")
    return {
        table: tuple(_words(entry) for entry in entries)
        for table, entries in tomllib.loads(text).items()
    }


def _words(entry: Mapping[str, object]) -> _Words:
    undone_by = entry.get("not")
    return _Words(
        say=_pattern(str(entry["say"])),
        undone_by=_pattern(str(undone_by)) if undone_by else None,
        column=str(entry["column"]),
        operator=Operator(str(entry.get("op", Operator.IN))),
        values=tuple(entry["values"]),  # type: ignore[arg-type]
        means=str(entry["means"]),
    )


def _pattern(say: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w.-])(?:{say})(?![\w-])", re.I)
