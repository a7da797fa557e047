"""How well a planner does on requests with reference queries whose tables hold no rows here.

The public NL2KQL sets of Microsoft are such: JSONL of {"context": "…", "baseline": "KQL"}. The
offline planner is asked alone, over the catalog, with no workspace; its query is judged, its table
compared with the reference's, and the reference's literals looked for in it.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from soc_tui.analysts import PlanRequest
from soc_tui.analysts.offline.planner.conversation import outcome
from soc_tui.guardrails.judge import judge_kql
from soc_tui.kql.writing.build import build
from soc_tui.model.catalog import Catalog, Column, KqlType, TableSpec
from soc_tui.model.errors import SocError
from soc_tui.model.limits import Limits
from soc_tui.model.plan import Plan

LIMITS = Limits(max_hours=24 * 365 * 6, max_rows=10_000)
_STRING = re.compile(r"@?\"((?:[^\"\\\n]|\\.)*)\"|@?'((?:[^'\\\n]|\\.)*)'")
_DATETIME = re.compile(r"datetime\(\s*[\"']?\s*([^\"')]+?)\s*[\"']?\s*\)", re.I)
_AGO = re.compile(r"\bago\(\s*(\d+(?:\.\d+)?)(d|h|m)\s*\)")
_NUMBER = re.compile(r"(?<![\w.\"'])\d+(?:\.\d+)?(?![\w.\"'])")
_TYPES = {
    "DateTime": KqlType.DATETIME,
    "Int32": KqlType.INT,
    "Int64": KqlType.LONG,
    "Double": KqlType.REAL,
    "SByte": KqlType.BOOL,
    "Boolean": KqlType.BOOL,
    "Object": KqlType.DYNAMIC,
    "Guid": KqlType.GUID,
}
_HOURS = {"d": 24.0, "h": 1.0, "m": 1 / 60}


@dataclass(frozen=True)
class Match:
    """What became of one request.

    Attributes:
        valid: It became a query that the guardrails allow.
        there: The reference's table is in the catalog.
        table: The query reads that table.
        missing: Literals of the reference that the query lacks.
    """

    request: str
    reference: str
    kql: str
    said: str
    valid: bool
    there: bool
    table: bool
    missing: tuple[str, ...]

    @property
    def whole(self) -> bool:
        """The right table, and every literal."""
        return self.table and not self.missing


def is_literals_file(path: Path) -> bool:
    """Whether the file is of requests with references only."""
    first = path.read_text(encoding="utf-8").lstrip().split("\n", 1)[0]
    return '"context"' in first and '"baseline"' in first


def with_schema(catalog: Catalog, path: Path) -> Catalog:
    """The catalog, and the tables of a schema file as beside the sets that it lacks."""
    tables = dict(catalog.tables)
    for database in json.loads(path.read_text(encoding="utf-8")):
        for spec in database["Tables"]:
            columns = [
                Column(one["Name"], _TYPES.get(one["Type"].split(".")[-1], KqlType.STRING))
                for one in spec["Columns"]
                if one["Name"] not in ("Timestamp", "TimeGenerated")
            ]
            columns.insert(0, Column("TimeGenerated", KqlType.DATETIME))
            name = spec["Table"]
            tables.setdefault(name, TableSpec(name, tuple(columns)))
    return Catalog(tables)


def literals(kql: str) -> frozenset[str]:
    """Strings (without case), numbers, moments (to the minute) and lengths of time (hours)."""
    found = {f"t:{_moment(match[1])}" for match in _DATETIME.finditer(kql)}
    kql = _DATETIME.sub(" ", kql)
    found |= {f"ago:{float(m[1]) * _HOURS[m[2]]:g}" for m in _AGO.finditer(kql)}
    kql = _AGO.sub(" ", kql)
    strings = [match[1] or match[2] or "" for match in _STRING.finditer(kql)]
    found |= {f"s:{_plain(one)}" for one in strings if one.strip()}
    kql = _STRING.sub(" ", kql)
    found |= {f"n:{float(match[0]):g}" for match in _NUMBER.finditer(kql)}
    return frozenset(found)


def lacking(wanted: frozenset[str], has: frozenset[str]) -> Iterator[str]:
    """The wanted literals that are not there; a number may also stand as a string."""
    loose = {one.split(":", 1)[1] for one in has}
    for one in sorted(wanted):
        kind, _, value = one.partition(":")
        if one not in has and not (kind in "sn" and value in loose):
            yield one


def measure(path: Path, catalog: Catalog) -> list[Match]:
    """Every request of the file."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [_measured(json.loads(line), catalog) for line in lines if line.strip()]


def _measured(case: Mapping[str, str], catalog: Catalog) -> Match:
    now = _now(case["baseline"])
    kql, said = "", ""
    try:
        ask = PlanRequest(case["context"][:4000], catalog, LIMITS, now)
        found = outcome(ask, lambda _: ())
        if isinstance(found, Plan):
            kql = found.kql or build(found, catalog, LIMITS).kql
            said = found.rationale
        else:
            said = found.text
    except SocError as error:
        said = str(error)
    wanted = _table(case["baseline"], catalog)
    return Match(
        request=case["context"],
        reference=case["baseline"],
        kql=kql,
        said=said,
        valid=bool(kql) and judge_kql(kql, catalog, LIMITS, now).allowed,
        there=bool(wanted),
        table=bool(wanted) and re.search(rf"\b{wanted}\b", kql) is not None,
        missing=tuple(lacking(literals(case["baseline"]), literals(kql))),
    )


def _now(reference: str) -> dt.datetime:
    """Shortly after the moments of the reference, so that they lie within the limits."""
    found = [_read(match[1]) for match in _DATETIME.finditer(reference)]
    moments = [one for one in found if one]
    latest = max(moments, default=dt.datetime(2026, 3, 18, 13, 30, tzinfo=dt.UTC))
    return latest + dt.timedelta(days=3, hours=2)


def _table(reference: str, catalog: Catalog) -> str:
    """The first table of the catalog that the reference reads, if its first table is one."""
    text = re.sub(r"//.*", "", reference)
    lets = set(re.findall(r"\blet\s+(\w+)", text))
    names = (word for word in re.findall(r"\b[A-Z]\w+\b", _STRING.sub(" ", text)))
    first = next((word for word in names if word not in lets), "")
    return first if first in catalog.tables else ""


def _read(text: str) -> dt.datetime | None:
    text = text.strip().replace("Z", "")
    for form in (
        "%Y-%m-%dT%H:%M:%S",
        "%Y-%m-%dT%H:%M",
        "%Y-%m-%d %H:%M",
        "%Y-%m-%d",
        "%m/%d/%Y",
        "%m/%d/%Y %I:%M:%S %p",
        "%m-%d-%Y %I:%M%p",
    ):
        try:
            return dt.datetime.strptime(text[:22], form).replace(tzinfo=dt.UTC)
        except ValueError:
            continue
    return None


def _moment(text: str) -> str:
    found = _read(text)
    return f"{found:%Y-%m-%dT%H:%M}" if found else text


def _plain(text: str) -> str:
    return text.replace("\\\\", "\\").strip().casefold()


def report(matches: Sequence[Match]) -> str:
    """The figures."""
    there = [one for one in matches if one.there]

    def share(name: str, yes: int, of: int) -> str:
        return f"{name:<52} {yes / max(of, 1):6.3f}  ({yes} of {of})"

    return "\n".join(
        (
            share("valid query", sum(one.valid for one in matches), len(matches)),
            share("right table, where it exists", sum(one.table for one in there), len(there)),
            share(
                "right table and all literals, where it exists",
                sum(one.whole for one in there),
                len(there),
            ),
            share(
                "right table and all literals, of all", sum(m.whole for m in matches), len(matches)
            ),
        )
    )


def shortfall(one: Match) -> str:
    """What fell short of one request."""
    flags = (
        f"valid={one.valid} table={one.table} there={one.there} missing={', '.join(one.missing)}"
    )
    kql = " ".join(one.kql.split())
    reference = " ".join(one.reference.split())
    lines = (flags, kql[:600], f"ref {reference[:400]}", one.said[:300])
    return "\n    ".join((f"- {one.request}", *lines))
