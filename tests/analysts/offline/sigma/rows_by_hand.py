"""Small Arrow tables made by hand, and rules as text."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import pyarrow as pa

from soc_tui.analysts.offline.sigma.compile_rules import compile_file
from soc_tui.analysts.offline.sigma.rule import Rule
from soc_tui.analysts.offline.sigma.rulebook import Rulebook, rulebook
from soc_tui.model.catalog import Column, KqlType
from soc_tui.model.rows import Rows

START = dt.datetime(2026, 11, 20, 8, 0, tzinfo=dt.UTC)
_TYPES = {
    bool: (pa.bool_(), KqlType.BOOL),
    int: (pa.int64(), KqlType.LONG),
    float: (pa.float64(), KqlType.REAL),
    dt.datetime: (pa.timestamp("us", tz="UTC"), KqlType.DATETIME),
}


def make_rows(records: Sequence[Mapping[str, object]], **given: str | None) -> Rows:
    """Rows of these records; a record without TimeGenerated comes a minute after the one before."""
    timed = [
        {"TimeGenerated": START + dt.timedelta(minutes=i), **record}
        for i, record in enumerate(records)
    ]
    names = list(dict.fromkeys(name for record in timed for name in record))
    arrays, columns = [], []
    for name in names:
        values = [record.get(name) for record in timed]
        kind = next((type(value) for value in values if value is not None), str)
        arrow, kql = _TYPES.get(kind, (pa.string(), KqlType.STRING))
        arrays.append(pa.array(values, arrow))
        columns.append(Column(name, kql))
    return Rows(pa.table(arrays, names=names), tuple(columns), partial=given.get("partial"))


def rule_text(
    detection: str, *, service: str = "deviceprocessevents", title: str = "A rule", more: str = ""
) -> str:
    """A Sigma rule of this detection (YAML flow or block text, two spaces deep)."""
    return (
        f"title: {title}\nid: 5a52f8a9-1c4b-4f0e-8f2d-2a2f2c1f0d11\nstatus: test\nlevel: high\n"
        f"tags: [attack.execution, attack.t1059.001]\n"
        f"logsource: {{product: windows, service: {service}}}\ndetection:\n{detection}\n{more}"
    )


def read_rules(text: str, name: str) -> tuple[list[Rule], list[str]]:
    """Rules of one YAML text, and its problems."""
    book = rulebook((), [(name, compile_file(text))])
    return list(book.rules), list(book.problems)


def one_rule(detection: str, **given: str) -> Rule:
    """That rule, read; fails when it has a problem."""
    rules, problems = read_rules(rule_text(detection, **given), "test.yml")
    assert problems == []
    return rules[0]


def book_of(text: str) -> Rulebook:
    """A rulebook of one YAML text; fails when it has a problem."""
    rules, problems = read_rules(text, "test.yml")
    assert problems == []
    return Rulebook(tuple(rules))
