"""`python -m tests.oracle FOLDER [MUTATIONS [SEED]]`: our reading against Microsoft's parser.

FOLDER is that of the npm package @kusto/language-service-next; node is on the PATH, or NODE says
where. Ends with 1 where the parser sees, without an error, that a query reads a table outside the
catalog or names a denied column, and we allow it; or where a text that it takes whole is not KQL to
us. What it rejects and we allow without a warning is counted.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

from soc_tui.guardrails.catalog import load_catalog
from soc_tui.guardrails.judge import judge_kql
from soc_tui.model.limits import Limits
from soc_tui.model.verdict import Verdict
from tests.oracle.texts import SECRET, calls, cases, mutations, untold, words

CATALOG = load_catalog()
LIMITS = replace(Limits(), max_hours=100_000.0)
NOW = dt.datetime(2026, 11, 25, tzinfo=dt.UTC)
SEED = 20261130
DENIED = "SecretColumn"
# Refusals that say that a text was not understood, not that it may not run.
_NOT_UNDERSTOOD = frozenset({"operator", "syntax"})
_REFUSED_ON_PURPOSE = re.compile(
    r"facet\ by"  # several results in one
    r"|__partitionby"  # not documented
    r"|[^\W_a-zA-Z0-9](?<=\d)"  # digits of other scripts, which look like none
    r"|let\ \['(?:date|datetime|time|timespan|guid|bool|int|long|real|decimal|dynamic)'\]"
    # A function that is called as a literal is written.
    r"|\A(?:\s*//[^\n]*\n?)*\Z"  # nothing but comments
    r"|\A[\s.]*\."  # control commands, which never run here; it takes two dots for one
    r"|external_?data[^|]*\[\s*\]"  # from nowhere
    r"|\bset\s+(?:scan|parse|top|take)\b"  # no option has the name of an operator
    r"|\b(?:take|limit)\s+(?:parse|scan|show|drop)\b"  # how many is a number
    r"|scan\ declare\s*\([^)]*=\s*(?!(?:true|false)\b|\w+\s*\()[A-Za-z]"  # it begins with a literal
    r"|\bdate\((?!\s*(?:\d[\dTtZz:.+\-/ ]*|null)\s*\))"  # no moment; it takes anything there
    r"|\bunion\b[^|]*\(\s*serialize\b"  # of no rows
    r"|project-by-names\s+(?!dynamic\b)[A-Za-z]"  # what is in a name is not known here
    r"|\(\s*(?:summarize|take)\s*\)"  # an operator alone in brackets is no value
    r"|fork\s*\(parse-kv",  # not in the grammar of our parser
    re.VERBOSE,
)
"""What the parser takes and we do not, each for its reason."""
_TAKEN_BY_THE_SERVICE = re.compile(r",\s*by\b")
"""What the parser rejects and the service takes, by public queries: a comma in front of `by`."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One text, and what both say."""

    kql: str
    verdict: Verdict
    errors: list[str]
    outside: list[str]
    may_be_column: bool = False
    """A table that only the parser is told of stands where the columns are not told: as far as the
    text says, the name is a column's, and the query is right."""

    @property
    def is_hole(self) -> bool:
        """The parser sees something read that we do not."""
        return self.verdict.allowed and not self.errors and bool(self.outside)

    @property
    def is_misread(self) -> bool:
        """The parser takes the text, and to us it is not KQL."""
        if self.errors or self.outside or _REFUSED_ON_PURPOSE.search(self.kql):
            return False
        return any(line.rule in _NOT_UNDERSTOOD for line in self.verdict.refusals)

    @property
    def is_late(self) -> bool:
        """The service will reject it, and we do not say so."""
        if self.may_be_column or _TAKEN_BY_THE_SERVICE.search(self.kql):
            return False
        warned = any(line.rule == "service" for line in self.verdict.lines)
        return self.verdict.allowed and bool(self.errors) and not warned


def main() -> int:
    """Compare, and print what differs."""
    folder = Path(sys.argv[1]).resolve()
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 20_000
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else SEED
    texts = dict.fromkeys(chain(cases(), words(), calls(), untold(), mutations(count, seed)))
    kqls = [kql for kql in texts if kql.strip() and kql.isprintable()]
    columns = frozenset(untold())
    counts: Counter[str] = Counter()
    failed = []
    for kql, answer in zip(kqls, ask(folder, kqls), strict=True):
        one = _outcome(kql, answer, may_be_column=kql in columns)
        counts["holes"] += one.is_hole
        counts["misread"] += one.is_misread
        counts["told too late"] += one.is_late
        if one.is_hole or one.is_misread:
            failed.append(one)
    print(f"{len(kqls)} texts; {', '.join(f'{counts[name]} {name}' for name in _COUNTED)}")
    for one in failed[:40]:
        print("hole   " if one.is_hole else "misread", one.outside, repr(one.kql))
    print(f"{len(kqls) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


_COUNTED = ("holes", "misread", "told too late")


def ask(folder: Path, kqls: list[str]) -> list[Any]:
    """The parser's answers."""
    tables = {
        name: [[column.name, column.type.value] for column in spec.columns] + [[DENIED, "string"]]
        for name, spec in CATALOG.tables.items()
    }
    tables[SECRET] = [["TimeGenerated", "datetime"], ["DeviceId", "string"], ["FileName", "string"]]
    with tempfile.TemporaryDirectory() as place:
        described = Path(place) / "tables.json"
        described.write_text(json.dumps(tables), encoding="utf-8")
        script = Path(__file__).with_name("parser.js")
        done = subprocess.run(
            [os.environ.get("NODE", "node"), str(script), str(folder), str(described)],
            input="\n".join(map(json.dumps, kqls)),
            stdout=subprocess.PIPE,
            encoding="utf-8",
            check=True,
        )
    return [json.loads(line) for line in done.stdout.split("\n") if line]


def _outcome(kql: str, answer: Any, *, may_be_column: bool = False) -> Outcome:
    outside = [name for name in answer["tables"] if CATALOG.table(name) is None]
    named = DENIED in kql and any(name.endswith(f".{DENIED}") for name in answer["columns"])
    errors = [f"{code} {message}" for code, message, *_ in answer["errors"]]
    verdict = judge_kql(kql, CATALOG, LIMITS, NOW)
    return Outcome(kql, verdict, errors, [*outside, *([DENIED] if named else [])], may_be_column)


if __name__ == "__main__":
    sys.exit(main())
