"""Reads the findings of the data files beside it: lies by kind, and honest findings on logs."""

import datetime as dt
import json
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa

from soc_tui.model.catalog import Column, KqlType
from soc_tui.model.finding import (
    Confidence,
    Evidence,
    Finding,
    Ioc,
    Mitre,
    Quotation,
    Severity,
)
from soc_tui.model.rows import Rows

_HERE = Path(__file__).parent
_TIMES = {"TimeGenerated"}
_PARTS = ("title", "description", "advice", "notes", "tags", "mitre", "iocs")


@dataclass(frozen=True, slots=True)
class Told:
    """A finding, the rows it is about, and what it is called in the tests."""

    name: str
    finding: Finding
    rows: Rows
    honest: bool


def rows_of(records: list[dict[str, Any]]) -> Rows:
    """Records as the rows of an answer: TimeGenerated is a time, numbers are long."""
    arrays, columns = {}, []
    for name in dict.fromkeys(name for record in records for name in record):
        values = [record.get(name) for record in records]
        if name in _TIMES:
            times = [dt.datetime.fromisoformat(str(value)) for value in values]
            arrays[name] = pa.array(times, pa.timestamp("us", "UTC"))
            columns.append(Column(name, KqlType.DATETIME))
        else:
            number = all(isinstance(value, int) for value in values)
            arrays[name] = pa.array(values)
            columns.append(Column(name, KqlType.LONG if number else KqlType.STRING))
    return Rows(pa.table(arrays), tuple(columns))


@cache
def claim_rows() -> Rows:
    """Eight process events that the lies are told about."""
    text = (_HERE / "claim_rows.jsonl").read_text("utf-8")
    return rows_of([json.loads(line) for line in text.splitlines()])


def claims() -> Iterator[Told]:
    """Each line of claims.jsonl: one honest finding, and what becomes of it by one lie."""
    for line in (_HERE / "claims.jsonl").read_text("utf-8").splitlines():
        case = json.loads(line)
        yield Told(case["name"], _of_json(case["finding"]), claim_rows(), case["may_be_verified"])


def lies(name: str = "lies.toml") -> Iterator[Told]:
    """Each lie of the file, in an otherwise honest finding."""
    for kind in tomllib.loads((_HERE / name).read_text("utf-8"))["kind"]:
        for part in _PARTS:
            for text in kind.get(part, ()):
                yield Told(f"{kind['name']}: {text}", _lie(kind, part, text), claim_rows(), False)


def honest(name: str = "honest.toml") -> Iterator[Told]:
    """Each honest finding of the file, on the rows of its log."""
    for log in tomllib.loads((_HERE / name).read_text("utf-8"))["log"]:
        rows = rows_of(log["rows"])
        for told in log["finding"]:
            finding = _finding(
                told["title"],
                told["description"],
                [(f"r{n}", log["quote"], log["rows"][n - 1][log["quote"]]) for n in told["cite"]],
                told,
            )
            yield Told(f"{log['name']}: {told['title']}", finding, rows, True)


def _lie(kind: dict[str, Any], part: str, text: Any) -> Finding:
    column, quote = kind.get("quote", ("ProcessCommandLine", "powershell.exe -enc"))
    title, description = "Encoded PowerShell on win-07", "powershell.exe ran an encoded command."
    if "rows" in kind:
        title, description = "Odd process", "It ran."
    more: dict[str, Any] = {"advice": ["Review the host."]}
    if part == "title":
        title = text
    elif part == "description":
        description = text
    else:
        more[part] = text if part in {"notes", "mitre"} else [text]
    cited = [(row, column, quote) for row in kind.get("rows", ["r1"])]
    return _finding(title, description, cited, more)


def _finding(
    title: str, description: str, cited: list[tuple[str, str, str]], more: dict[str, Any]
) -> Finding:
    # A text on a technique needs one to stand at; else none is named that the rows do not show.
    technique = more.get("technique", ["T1059"] if more.get("mitre") else [])
    return Finding(
        title,
        description,
        Confidence.HIGH,
        Severity.HIGH,
        mitre=tuple(
            Mitre("", one, (*technique, "")[1], "", more.get("mitre", "")) for one in technique[:1]
        ),
        iocs=tuple(Ioc(kind, value) for kind, value in more.get("iocs", ())),
        evidence=tuple(Evidence(row, (Quotation(name, cell),)) for row, name, cell in cited),
        recommendations=tuple(more.get("advice", ())),
        tags=tuple(more.get("tags", ())),
        notes=more.get("notes", ""),
    )


def _of_json(told: dict[str, Any]) -> Finding:
    return Finding(
        told["title"],
        told["description"],
        Confidence(told["confidence"]),
        Severity(told["severity"]),
        mitre=tuple(
            Mitre(one["tactic"], one["technique"], one["sub_technique"], one["name"],
                  one["description"])
            for one in told["mitre"]
        ),
        iocs=tuple(Ioc(one["type"], one["value"]) for one in told["iocs"]),
        evidence=tuple(
            Evidence(
                one["row_id"], tuple(Quotation(q["column"], q["text"]) for q in one["quotations"])
            )
            for one in told["evidence"]
        ),
        recommendations=tuple(told["recommendations"]),
        tags=tuple(told["tags"]),
        notes=told["notes"],
    )  # fmt: skip
