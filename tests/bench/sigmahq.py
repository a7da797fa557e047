"""What of SigmaHQ's rules loads, why the others do not, and whether their own samples are hit.

Run: `python -m tests.bench.sigmahq FOLDER`

FOLDER is a checkout of SigmaHQ/sigma: its folders rules*/ and regression_data/. A sample is an
event in which its rule must hit; it is read and put on tables as an import does.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import yaml

from soc_tui.analysts.offline.sigma.compile_rules import compile_file
from soc_tui.analysts.offline.sigma.matching import RuleMatcher
from soc_tui.analysts.offline.sigma.rule import Rule
from soc_tui.guardrails.catalog import load_catalog
from soc_tui.model.catalog import Column, KqlType
from soc_tui.model.rows import Rows
from soc_tui.workspaces.local.log_import.formats.windows_event import flat_event
from soc_tui.workspaces.local.log_import.normalise.source import load_sources

Row = Mapping[str, Any]


def samples(folder: Path) -> Iterator[tuple[str, list[tuple[str, Row]]]]:
    """Id of each rule with samples, and their rows by table."""
    library = load_sources()
    for about in sorted(folder.rglob("info.yml")):
        rule = yaml.safe_load(about.read_text("utf-8"))["rule_metadata"][0]["id"]
        rows: list[tuple[str, Row]] = []
        for file in sorted(about.parent.glob("*.json")):
            for record in _records(file.read_text("utf-8")):
                event = flat_event(record)
                source = library.of(event, "windows event") if event else None
                rows += source.rows(event) if source and event else ()
        yield rule, rows


def _records(text: str) -> Iterator[dict[str, Any]]:
    decoder, at = json.JSONDecoder(), 0
    while (at := len(text) - len(text[at:].lstrip())) < len(text):
        value, at = decoder.raw_decode(text, at)
        yield from value if isinstance(value, list) else [value]


def as_rows(records: Sequence[Row], documented: Sequence[str]) -> Rows:
    """All as text; columns of the table that no record fills are empty."""
    names = list(dict.fromkeys((*documented, *(name for one in records for name in one))))
    arrays = [pa.array([_text(one.get(name)) for one in records], pa.string()) for name in names]
    columns = tuple(Column(name, KqlType.STRING) for name in names)
    return Rows(pa.table(arrays, names=names), columns)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) or value is None else json.dumps(value, default=str)


def hit(rule: Rule, rows: Sequence[tuple[str, Row]], documented: Sequence[str]) -> bool:
    """Whether the rule hits one of the rows of its table."""
    own = [row for table, row in rows if table == rule.table]
    return bool(own and RuleMatcher(as_rows(own, documented), [rule]).hits(rule))


def main() -> None:
    folder = Path(sys.argv[1])
    files = sorted(file for place in folder.glob("rules*") for file in place.rglob("*.yml"))
    rules: dict[str, Rule] = {}
    left_out: Counter[str] = Counter()
    for file in files:
        compiled = compile_file(file.read_text("utf-8"))
        rules |= {rule.id: replace(rule, origin=file.name) for rule in compiled.rules}
        left_out.update(
            re.sub(r"^, rule (['\"]).*?\1: ", "", problem).partition(". It may")[0]
            for problem in compiled.problems
        )
    print(f"{len(files):,} files: {len(rules):,} rules load, {left_out.total():,} do not")
    for reason, count in left_out.most_common(15):
        print(f"  {count:>4}  {reason[:110]}")
    catalog = load_catalog().tables
    judged = [
        (rule, hit(rule, rows, catalog[rule.table].column_names if rule.table in catalog else ()))
        for name, rows in samples(folder / "regression_data")
        if (rule := rules.get(name)) is not None
    ]
    found = sum(one for _, one in judged)
    print(
        f"samples of {len(judged)} rules: {found} hit ({100 * found / max(1, len(judged)):.1f} %)"
    )
    for rule, one in judged:
        if not one:
            print(f"  missed: {rule.title} ({rule.origin}, {rule.table})")


if __name__ == "__main__":
    main()
