"""How our rules do on made firms that are not the demo's.

Run: `python -m tests.bench.firms [SEED …] [--rules FOLDER] [--quiet]`

For each seed: the intruder's stages found, and false findings per 10,000 ordinary rows, by table,
with the rules that raised them. Counted are the findings that a hunt of each table shows.
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
from soc_tui.analysts.offline.sigma.scoring import ORDINARY
from soc_tui.demo.firms import week
from soc_tui.model.rows import Rows


@dataclass
class Tally:
    """What came of one firm.

    Attributes:
        false: Findings shown that cite no row of the intruder.
        found: Stages of which some finding that is shown cites a row.
    """

    ordinary: int = 0
    false: int = 0
    shown: int = 0
    found: set[str] = field(default_factory=set)
    stages: set[str] = field(default_factory=set)
    by_table: dict[str, tuple[int, int]] = field(default_factory=dict)
    by_rule: Counter[str] = field(default_factory=Counter)
    cited_by: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    @property
    def rate(self) -> float:
        """False findings per 10,000 ordinary rows."""
        return 10_000 * self.false / max(1, self.ordinary)


def measure(made: Mapping[str, tuple[Rows, Sequence[str]]], book: Rulebook) -> Tally:
    """Hunt in each table. Labels are stages, empty for ordinary rows."""
    tally = Tally()
    for table, (rows, stages) in made.items():
        ordinary = sum(stage == ORDINARY for stage in stages)
        tally.ordinary += ordinary
        tally.stages |= {stage for stage in stages if stage != ORDINARY}
        false = 0
        for one in RuleHunt(rows, table, book).findings():
            if isinstance(one, Notice):
                continue
            tally.shown += 1
            cited = {stages[int(evidence.row_id[1:]) - 1] for evidence in one.evidence}
            title = f"{table}: {one.title.split(': ')[0][:70]} [{one.severity}]"
            if cited <= {ORDINARY}:
                false += 1
                tally.by_rule[title] += 1
            for stage in cited - {ORDINARY}:
                tally.found.add(stage)
                tally.cited_by[stage].add(title)
        tally.false += false
        tally.by_table[table] = (false, ordinary)
    return tally


def report(name: str, tally: Tally, *, quiet: bool) -> None:
    """Print it."""
    shown = 10_000 * tally.shown / max(1, tally.ordinary)
    print(
        f"{name}: {len(tally.found)} of {len(tally.stages)} stages; {tally.false} false findings"
        f" on {tally.ordinary:,} ordinary rows, {tally.rate:.1f} per 10,000; {shown:.1f} shown"
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
        tally = measure(made, book)
        report(f"seed {seed}", tally, quiet=chosen.quiet)
        print(f"  {time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
