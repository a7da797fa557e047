"""Every rule of ours on rows that it must hit and rows that it must leave alone.

The rows stand in examples/*.txt. A single rule is held to each row by itself; a correlation to all
its + rows together, and to all its - rows together, one second apart. `x10` repeats a row, with {i}
as its number.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from soc_tui.analysts.offline.sigma.matching import RuleMatcher
from soc_tui.analysts.offline.sigma.rule import Rule
from soc_tui.analysts.offline.sigma.rule_library import RuleLibrary
from tests.analysts.offline.sigma.rows_by_hand import START, make_rows

Record = dict[str, object]

SHORT = {
    "act": "ActionType", "acct": "AccountName", "app": "AppDisplayName", "caller": "Caller",
    "cmd": "ProcessCommandLine", "data": "RegistryValueData", "dir": "FlowDirection_s",
    "dport": "DestPort_d", "file": "FileName", "flow": "FlowType_s", "from": "SrcIP_s",
    "host": "DeviceName", "ip": "RemoteIP", "iptype": "RemoteIPType", "key": "RegistryKey",
    "logon": "LogonType", "name": "RegistryValueName", "op": "OperationNameValue",
    "parent": "InitiatingProcessFileName", "path": "FolderPath",
    "pcmd": "InitiatingProcessCommandLine", "port": "RemotePort",
    "ppath": "InitiatingProcessFolderPath", "props": "Properties", "res": "ResourceId",
    "result": "ResultType", "src": "IPAddress", "st": "FlowStatus_s",
    "status": "ActivityStatusValue", "to": "DestIP_s", "upn": "UserPrincipalName",
    "url": "RemoteUrl", "vm": "VM_s",
}  # fmt: skip
_ESCAPE = re.compile(r"\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8}))")


@dataclass
class Examples:
    """Rows of one rule, as the files have them."""

    hits: list[Record] = field(default_factory=list)
    misses: list[Record] = field(default_factory=list)


def read() -> dict[str, Examples]:
    """Examples by the title of their rule."""
    found: dict[str, Examples] = {}
    title = ""
    for file in sorted((Path(__file__).parent / "examples").glob("*.txt")):
        for line in file.read_text("utf-8").splitlines():
            if line[:2] in ("+ ", "- "):
                one = found[title]
                (one.hits if line[0] == "+" else one.misses).extend(records(line[2:]))
            elif line and not line.startswith("#"):
                title = line
                assert title not in found, title
                found[title] = Examples()
    return found


def records(text: str) -> Iterator[Record]:
    """The rows that one line stands for."""
    text = _ESCAPE.sub(lambda match: chr(int(match[1] or match[2] or match[3], 16)), text)
    cells = text.split("  ")
    times = int(cells.pop(0)[1:]) if re.fullmatch(r"x\d+", cells[0]) else 1
    for i in range(times):
        pairs = (cell.replace("{i}", str(i)).partition("=") for cell in cells)
        yield {SHORT.get(name, name): value for name, _, value in pairs}


EXAMPLES = read()
RULES = {rule.title: rule for rule in RuleLibrary().load().rules if not rule.silent}


def hits(rule: Rule, rows: list[Record]) -> set[int]:
    empty = dict.fromkeys(rule.columns, "")
    spaced = [
        {**empty, **row, "TimeGenerated": START + dt.timedelta(seconds=i)}
        for i, row in enumerate(rows)
    ]
    matcher = RuleMatcher(make_rows(spaced), [rule])
    try:
        return set(matcher.hits(rule))
    finally:
        matcher.close()


def test_every_rule_has_examples_of_both_kinds() -> None:
    lacking = [title for title in RULES if title not in EXAMPLES]
    assert not lacking
    assert not [title for title in EXAMPLES if title not in RULES]
    assert not [title for title, one in EXAMPLES.items() if not (one.hits and one.misses)]


@pytest.mark.parametrize("title", EXAMPLES)
def test_a_rule_hits_what_it_should_and_nothing_else(title: str) -> None:
    rule, one = RULES[title], EXAMPLES[title]
    if rule.correlation is None:
        assert hits(rule, one.hits + one.misses) == set(range(len(one.hits)))
    else:
        assert hits(rule, one.hits)
        assert not hits(rule, one.misses)
