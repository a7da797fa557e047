"""How our rules do on made firms that are not the demo's.

Run: `python -m tests.bench.firms [SEED …] [--rules FOLDER] [--quiet]`

For each seed: the intruder's stages found, and false findings per 10,000 ordinary rows, by table,
with the rules that raised them. With a folder of public rules also how many findings are shown.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from soc_tui.analysts import Notice
from soc_tui.analysts.offline.sigma.hunting import RuleHunt
from soc_tui.analysts.offline.sigma.rule_library import RuleLibrary
from soc_tui.analysts.offline.sigma.rulebook import Rulebook
from soc_tui.analysts.offline.sigma.scoring import ORDINARY, score
from soc_tui.demo.firms import week
from soc_tui.model.rows import Rows


@dataclass
class Tally:
    """What came of one firm."""

    ordinary: int = 0
    false: int = 0
    shown: int = 0
    found: set[str] = field(default_factory=set)
    stages: set[str] = field(default_factory=set)
    by_table: dict[str, tuple[int, int]] = field(default_factory=dict)
    by_rule: Counter[str] = field(default_factory=Counter)
    hitting: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    @property
    def rate(self) -> float:
        """False findings per 10,000 ordinary rows."""
        return 10_000 * self.false / max(1, self.ordinary)


def measure(
    made: Mapping[str, tuple[Rows, Sequence[str]]], book: Rulebook, *, shown: bool = False
) -> Tally:
    """Run the rules over each table. Labels are stages, empty for ordinary rows."""
    tally = Tally()
    for table, (rows, stages) in made.items():
        scored = score(RuleHunt(rows, table, book), table, stages)
        ordinary = sum(stage == ORDINARY for stage in stages)
        tally.ordinary += ordinary
        tally.false += scored.false_findings
        tally.by_table[table] = (scored.false_findings, ordinary)
        tally.stages |= {stage for stage in stages if stage != ORDINARY}
        tally.found |= {name for name, hit in scored.groups if hit}
        for one in scored.scores:
            if one.false_findings:
                tally.by_rule[f"{table}: {one.rule.title} ({one.rule.origin})"] += (
                    one.false_findings
                )
        if scored.false_timelines:
            tally.by_rule[f"{table}: (timelines)"] += scored.false_timelines
        if shown:
            hunt = RuleHunt(rows, table, book)
            tally.shown += sum(not isinstance(one, Notice) for one in hunt.findings())
    return tally


def report(name: str, tally: Tally, *, quiet: bool, shown: bool) -> None:
    """Print it."""
    print(
        f"{name}: {len(tally.found)} of {len(tally.stages)} stages;"
        f" {tally.false} false findings on {tally.ordinary:,} ordinary rows,"
        f" {tally.rate:.1f} per 10,000"
        + (f"; {10_000 * tally.shown / tally.ordinary:.1f} shown per 10,000" if shown else "")
    )
    if missed := sorted(tally.stages - tally.found):
        print(f"  missed: {', '.join(missed)}")
    if quiet:
        return
    for table, (false, rows) in sorted(tally.by_table.items(), key=lambda item: -item[1][0]):
        if false:
            print(f"  {table}: {false} on {rows:,}")
    for rule, count in tally.by_rule.most_common(60):
        print(f"  {count:>4}  {rule}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("seeds", nargs="*", type=int, default=[1, 2, 3])
    parser.add_argument("--rules", type=Path)
    parser.add_argument("--quiet", action="store_true")
    chosen = parser.parse_args()
    book = RuleLibrary(chosen.rules).load()
    for seed in chosen.seeds:
        started = time.perf_counter()
        tables = week.tables(week.week(seed))
        made = {name: (one.rows, one.stages) for name, one in tables.items()}
        tally = measure(made, book, shown=chosen.rules is not None)
        report(f"seed {seed}", tally, quiet=chosen.quiet, shown=chosen.rules is not None)
        print(f"  {time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
