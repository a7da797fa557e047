"""The examples of the Kusto documentation, run on the local workspace, beside its outputs.

Run: python -m tests.bench.kusto_examples FOLDER [--all] [--sql NAME]

FOLDER has a checkout of https://github.com/MicrosoftDocs/dataexplorer-docs; nothing of it is kept
here. An example counts when an output table follows it and it reads no table of the sample
cluster. Dates, numbers and dynamic values are compared as values, rows in any order.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import math
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb

from soc_tui.model.errors import SocError
from soc_tui.workspaces.local.workspace import LocalWorkspace

_BLOCK = re.compile(r"^[ >]*```[ \t]*(?:kusto|kql)[^\n]*\n(.*?)^[ >]*```", re.S | re.M | re.I)
_OUTPUT = re.compile(r"\A(?:(?!```|^#).*\n){0,14}?(?=[ >]*\|)", re.M)
_RULE = re.compile(r"^\|?[\s:|-]+\|?$")
_DATE = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?Z?")
_US_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(?: (\d{1,2}):(\d\d):(\d\d)(?: ([AP]M))?)?")
_MADE_NAME = re.compile(r"(?:print_|Column)\d+")
"""A column without a name in the query: pages call it as they like."""
_NOW = re.compile(r"\b(?:now|ago|rand|new_guid)\(|startofmonth\(now")
_SPAN = re.compile(r"-?(?:(\d+)\.)?(\d\d):(\d\d):(\d\d)(?:\.(\d+))?")


_WRONG_PAGES = {
    **dict.fromkeys(
        (f"series-{one}-function#1" for one in ("acos", "atan", "cos", "sin", "tan")),
        "it shows the array of another example",
    ),
    **dict.fromkeys(
        (f"series-{one}-function#1" for one in ("magnitude", "product", "sum")),
        "it shows columns that the query does not have",
    ),
    "base64-decode-toguid-function#1": "it turns a part of the guid around",
    "scan-operator#5": "it shows columns in another order than the query",
    "variancepif-aggregation-function#1": "it shows the variance of a sample",
    "node-degree-out#2": "it names columns otherwise than the query",
    "node-id#1": "it names a column otherwise than the query",
    "sample-operator#1": "it shows random rows",
    "sample-operator#2": "it shows random rows",
    "series-fill-linear-function#1": "it shows three digits behind the point",
    "series-iir-function#1": "it shows a part of the rows",
    "tohex-function#1": "it names a column otherwise than the query",
    "url-encode-component-function#1": "it leaves the last sign out",
    "url-encode-function#1": "it leaves the last sign out",
    "variancep-aggregation-function#1": "it names a column of another aggregate",
    "zlib-base64-compress-function#1": "it shows another level of compression",
    "array-iff-function#2": "it shows texts without quotes",
    "array-iff-function#3": "it shows the conditions as they are read, not as they are",
    "binary-all-xor-aggregation-function#1": "it misspells the column",
    "indexof-function#1": "its idx8 goes beyond the length that it gives",
    "let-statement#5": "it shows a name that count does not give",
    "mv-apply-operator#5": "it misspells Val",
    "named-expressions#1": "it shows random rows",
    "named-expressions#2": "it shows random rows",
    "node-degree-out#1": "it names a column without the variable in it",
    "parse-url-query-function#1": "its output is no JSON",
    "range-function#2": "it leaves values out",
    "geo-geohash-to-central-point-function#3": "it shows the link twice",
    "geo-polygon-to-s2cells-function#1": "it names New York otherwise than the query",
    "range-function#4": "it shows the number of another example",
    "asin-function#1": "its output is that of another number",
    "base64-decode-tostring-function#2": "its bytes are no UTF-8",
    "bin-function#2": "it writes 14.00:00:00 with a colon",
    "isfinite-function#1": "it writes false as 0",
    "join-innerunique#3": "it shows one of the answers that may come",
    "join-rightanti#1": "it names the columns of the other side",
    "node-degree-in#1": "it shows a person who is not in the data",
    "parse-where-operator#2": "it misspells a column of the query",
    "parse-where-operator#4": "it shows a row without text for no rows",
    "range-operator#2": "it shows a part of the rows",
    "replace-regex-function#1": "it shows whole numbers with six digits behind the point",
    "replace-string-function#2": "it shows whole numbers with six digits behind the point",
    "strcat-function#2": "it shows lines as a list",
    "toguid-function#1": "it shows another text than the query has",
    "mv-expand-operator#3": "it shows the keys of another bag",
    "mv-expand-operator#6": "it misspells DataType",
    "parse-url-function#1": "its output is no JSON, and lacks the first sign of the path",
}
"""Where the output of a page is not what its query gives, and why."""


@dataclass(frozen=True, slots=True)
class Example:
    """A query of a page, with the rows that the page shows."""

    name: str
    query: str
    columns: list[str]
    rows: list[list[str]]


def examples(folder: Path) -> Iterator[Example]:
    """Every query that an output table follows."""
    for page in sorted(folder.rglob("*.md")):
        text = page.read_text(encoding="utf-8", errors="replace").replace("\r\n", "\n")
        for number, block in enumerate(_BLOCK.finditer(text), 1):
            behind = text[block.end() :].lstrip("\n")
            start = _OUTPUT.match(behind)
            if start is None or "utput" not in start[0]:
                continue
            lines = behind[start.end() :].split("\n")
            table = [line.strip(" >") for line in lines[: _length(lines)]]
            if len(table) < 3 or not _RULE.match(table[1]):
                continue
            columns, rows = _cells(table[0]), [_cells(line) for line in table[2:]]
            yield Example(f"{page.stem}#{number}", block[1], columns, rows)


def _length(lines: list[str]) -> int:
    ends = (at for at, line in enumerate(lines) if not line.strip(" >").startswith("|"))
    return next(ends, len(lines))


def _cells(line: str) -> list[str]:
    inner = line.strip().removeprefix("|")
    inner = inner.removesuffix("|") if not inner.endswith("\\|") else inner
    cells = re.split(r"(?<!\\)\|", inner)
    return [cell.replace("\\|", "|").replace("&#124;", "|").strip() for cell in cells]


def _plain(cell: object) -> object:
    """A cell as a value that two spellings of it share."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return float(cell)  # pages write true as 1 here and there
    if isinstance(cell, dt.datetime):
        return cell.replace(tzinfo=None)
    if isinstance(cell, dt.timedelta):
        return ("span", round(cell.total_seconds(), 5))
    if isinstance(cell, int | float):
        number = float(cell)
        return str(number) if not math.isfinite(number) else float(f"{number:.4g}")
    return _read(str(cell))


def _read(text: str) -> object:
    text = re.sub(r"<br */?>|&nbsp;", " ", text).replace("\\_", "_").replace("\\*", "*").strip()
    text = text.strip("`").strip()
    text = {"∞": "inf", "-∞": "-inf", "(null)": "", "null": ""}.get(text, text)
    if link := re.fullmatch(r"<(https?://.*)>", text):
        text = link[1]
    if text.lower() in {"true", "false"}:
        return float(text.lower() == "true")
    if text.lower() in {"nan", "inf", "-inf"}:
        return text.lower()
    if text[:1] == '"' and text[-1:] == '"' and len(text) > 1:
        return _read(text[1:-1])
    if _DATE.fullmatch(text):
        stamp = text.replace(" ", "T").rstrip("Z")
        whole, _, part = stamp.partition(".")
        return dt.datetime.fromisoformat(f"{whole}.{part[:6]:0<6}" if part else whole)
    if us := _US_DATE.fullmatch(text):
        month, day, year, hour, minute, second, half = us.groups()
        hours = int(hour or 0) % 12 + (12 if half == "PM" else 0) if half else int(hour or 0)
        return dt.datetime(
            int(year), int(month), int(day), hours, int(minute or 0), int(second or 0)
        )
    if span := _SPAN.fullmatch(text):
        days, hours_, minutes, seconds, part = span.groups()
        total = (int(days or 0) * 24 + int(hours_)) * 3600 + int(minutes) * 60 + int(seconds)
        total_ = total + float(f"0.{part or 0}")
        return ("span", round(-total_ if text.startswith("-") else total_, 5))
    try:
        return (
            float(f"{float(text.replace(',', '')):.4g}")
            if re.match(r"[-+]?[\d.]", text)
            else _json(text)
        )
    except ValueError:
        return _json(text)


def _json(text: str) -> object:
    if text[:1] in "[{":
        try:
            return repr(_folded(json.loads(text)))
        except ValueError:
            pass
    return re.sub(r"\s+", " ", text)


def _folded(value: object) -> object:
    if isinstance(value, dict):
        return sorted((key, repr(_folded(one))) for key, one in value.items())
    if isinstance(value, list):
        return sorted((_folded(one) for one in value), key=repr)
    return _plain(value)


def same(example: Example, columns: list[str], rows: list[list[object]]) -> bool:
    """Whether an answer is what the page shows."""
    wanted = Counter(tuple(map(repr, map(_plain, row))) for row in example.rows)
    found = Counter(tuple(map(repr, map(_plain, row))) for row in rows)
    names = [column.strip("*` ").replace("\\_", "_").casefold() for column in example.columns]
    alike = len(names) == len(columns) and all(
        name == column.casefold() or not name or _MADE_NAME.fullmatch(column)
        for name, column in zip(names, columns, strict=True)
    )
    return wanted == found and alike


async def main(folder: Path, *, show_all: bool, only: str) -> None:
    """Print what differs, and how many match."""
    total = matched = needing = refused = 0
    wrong_pages: list[str] = []
    with tempfile.TemporaryDirectory() as temporary:
        path = Path(temporary) / "empty.duckdb"
        duckdb.connect(str(path)).close()
        workspace = LocalWorkspace(path)
        for example in examples(folder):
            if (only and only not in example.name) or _NOW.search(example.query):
                continue
            try:
                answer = await workspace.query(example.query)
            except SocError as error:
                if "no table" in error.what:
                    needing += 1
                    continue
                refused += 1
                print(f"NOT RUN {example.name}: {error.what} {error.why}")
                continue
            total += 1
            columns = [column.name for column in answer.columns]
            rows = [list(row.values()) for row in answer.table.to_pylist()]
            if same(example, columns, rows):
                matched += 1
                continue
            if example.name in _WRONG_PAGES:
                wrong_pages.append(f"{example.name}: {_WRONG_PAGES[example.name]}")
                continue
            print(f"DIFFER {example.name}")
            if show_all:
                print(example.query)
                print("   page ", example.columns, example.rows[:6])
                print("   local", columns, rows[:6])
    print(*wrong_pages, sep="\n")
    print(
        f"matched {matched} of {total} that run; {len(wrong_pages)} more are wrong on their pages;"
        f" {refused} do not run; {needing} read tables of the sample cluster"
    )


if __name__ == "__main__":
    arguments = sys.argv[1:]
    name = next((one.removeprefix("--only=") for one in arguments if one.startswith("--only=")), "")
    asyncio.run(main(Path(arguments[0]), show_all="--all" in arguments, only=name))
