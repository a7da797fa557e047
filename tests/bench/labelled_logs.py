"""What our own rules find in public labelled logs of attacks, and what they say of ordinary hosts.

Run: `python -m tests.bench.labelled_logs FOLDER [-w WORKSPACES] [-v] [PART OF A NAME ...]`

FOLDER is a checkout of OTRF/Security-Datasets; nothing of it is kept here. A scenario is an archive
of hosts' logs that a description in datasets/atomic/_metadata names, with the techniques that were
played. It is imported as it is, once (into WORKSPACES, to be used again), and every table of it is
hunted with our rules alone.

- Found: there is any finding; "beyond a cleared log" leaves out that the logs were cleared, which
  who recorded these often did just before. Technique: one has a technique of the description, its
  parent or a sub-technique; ids that ATT&CK has replaced count as what they are now.
- Ordinary rows are those of hosts that the description does not name, in scenarios where it names
  at least one of the hosts. A finding is held against the rules when all rows that it cites are
  ordinary and its technique is not one of the description (a domain controller that gives its
  secrets away is seldom named). -v lists these, to be read.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from soc_tui.analysts.grounding.attack_ids import current_id, related
from soc_tui.analysts.offline.sigma.hunting import RuleHunt
from soc_tui.analysts.offline.sigma.rule import ANY_TABLE
from soc_tui.analysts.offline.sigma.rule_library import RuleLibrary
from soc_tui.analysts.offline.sigma.rulebook import Rulebook
from soc_tui.files.log_import import tables_of
from soc_tui.guardrails.catalog import load_catalog
from soc_tui.model.errors import SocError
from soc_tui.model.finding import Finding
from soc_tui.model.rows import Rows
from soc_tui.workspaces.local.log_import.load import import_files
from soc_tui.workspaces.local.workspace import LocalWorkspace

_HOSTS = ("DeviceName", "Computer")
_CLEARED = re.compile(r"\blog\b.*\bcleared\b", re.I)
_WORD = re.compile(r"[\w-]{4,}")


@dataclass(frozen=True, slots=True)
class Scenario:
    """An archive, the techniques played in it (ids in force), and the words of its description."""

    archive: Path
    techniques: frozenset[str]
    words: frozenset[str]

    def is_labelled(self, technique: str) -> bool:
        """Is it one of the techniques, a parent or a child of one?"""
        return any(related(technique, one) for one in self.techniques)


@dataclass(slots=True)
class Outcome:
    """What came of one scenario. `against` are findings on ordinary hosts alone."""

    rows: int = 0
    ordinary: int = 0
    findings: list[Finding] = field(default_factory=list)
    against: list[Finding] = field(default_factory=list)
    labelled: bool = False
    problem: str = ""
    seconds: float = 0.0

    @property
    def beyond(self) -> bool:
        """Is there a finding that is not about a cleared log?"""
        return any(not _CLEARED.search(one.title) for one in self.findings)


def scenarios(folder: Path) -> Iterator[Scenario]:
    """Every archive of a Windows host that a description names and that is there."""
    seen: set[Path] = set()
    for about in sorted((folder / "datasets/atomic/_metadata").glob("SDWIN-*.yaml")):
        told = yaml.safe_load(about.read_text("utf-8"))
        labels = [
            ".".join(filter(None, (one["technique"], one.get("sub-technique"))))
            for one in told["attack_mappings"]
        ]
        words = frozenset(_WORD.findall(about.read_text("utf-8").casefold()))
        for one in told["files"]:
            archive = folder / one["link"].partition("/master/")[2]
            is_log = one["type"].casefold() == "host" and archive.parent.name != "network"
            if is_log and archive.is_file() and archive not in seen:
                seen.add(archive)
                yield Scenario(archive, frozenset(filter(None, map(current_id, labels))), words)


def imported(archive: Path, workspace: Path) -> None:
    """Import the archive unless that was done before.

    Raises:
        SocError: it cannot be imported.
    """
    if not workspace.exists():
        import_files(workspace, None, [archive], known=tables_of(load_catalog()))


def hunted(scenario: Scenario, workspace: Path, book: Rulebook) -> Outcome:
    """All findings of the rules in all tables of a workspace."""
    outcome = Outcome()
    local = LocalWorkspace(workspace)
    wanted = {rule.table for rule in book.rules}
    about: list[tuple[str, Rows]] = []
    for table in asyncio.run(local.schema()):
        if table in wanted or ANY_TABLE in wanted:
            about.append((table, asyncio.run(local.query(table))))
    named = {host for _, rows in about for host in _hosts(rows) if _short(host) in scenario.words}
    for table, rows in about:
        hosts = _hosts(rows)
        outcome.rows += rows.count
        if named:
            outcome.ordinary += sum(host not in named for host in hosts)
        for one in RuleHunt(rows, table, book).findings():
            if isinstance(one, Finding):
                _count(one, outcome, scenario, cited_hosts(one, hosts), named)
    return outcome


def _count(
    finding: Finding, outcome: Outcome, scenario: Scenario, hosts: set[str], named: set[str]
) -> None:
    outcome.findings.append(finding)
    if any(scenario.is_labelled(one.id) for one in finding.mitre):
        outcome.labelled = True
    elif named and hosts and not hosts & named:
        outcome.against.append(finding)


def _hosts(rows: Rows) -> list[str]:
    """The host of each row; empty where there is none."""
    columns = [rows.table.column(name) for name in _HOSTS if name in rows.column_names]
    if not columns:
        return [""] * rows.count
    return [str(value or "").casefold() for value in columns[0].to_pylist()]


def _short(host: str) -> str:
    return host.partition(".")[0]


def cited_hosts(finding: Finding, hosts: Sequence[str]) -> set[str]:
    """Hosts of the rows that a finding cites."""
    numbers = (int(re.sub(r"\D", "", one.row_id)) - 1 for one in finding.evidence)
    return {hosts[number] for number in numbers if number < len(hosts)} - {""}


def told(name: str, outcome: Outcome, *, at_length: bool) -> Iterator[str]:
    """One line, and with `at_length` one more a finding."""
    if outcome.problem:
        yield f"  NOT IMPORTED  {name}: {outcome.problem}"
        return
    what = "technique" if outcome.labelled else "found" if outcome.findings else "NOTHING"
    yield (
        f"  {what:<10} {name}: {outcome.rows:,} rows, {len(outcome.findings)} findings,"
        f" {outcome.ordinary:,} ordinary rows, {len(outcome.against)} there"
        f" ({outcome.seconds:.1f} s)"
    )
    for one in outcome.findings if at_length else ():
        mark = "!" if one in outcome.against else " "
        ids = ", ".join(reference.id for reference in one.mitre)
        yield f"      {mark} {one.severity.value:<8} {one.title} [{ids}]"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("parts", nargs="*")
    parser.add_argument("-w", "--workspaces", type=Path)
    parser.add_argument("-v", "--verbose", action="store_true")
    given = parser.parse_intermixed_args()
    book = RuleLibrary().load()
    outcomes: list[Outcome] = []
    with tempfile.TemporaryDirectory() as made:
        kept = given.workspaces or Path(made)
        for one in scenarios(given.folder):
            name = one.archive.name.partition(".")[0]
            if given.parts and not any(part in name for part in given.parts):
                continue
            started = time.perf_counter()
            try:
                imported(one.archive, kept / f"{name}.duckdb")
                outcome = hunted(one, kept / f"{name}.duckdb", book)
            except SocError as error:
                outcome = Outcome(problem=str(error))
            outcome.seconds = time.perf_counter() - started
            outcomes.append(outcome)
            label = f"{name} ({', '.join(sorted(one.techniques)) or 'no technique'})"
            print("\n".join(told(label, outcome, at_length=given.verbose)), flush=True)
    summarise(outcomes)


def summarise(outcomes: Sequence[Outcome]) -> None:
    """Print the four figures."""
    rows, ordinary = (sum(getattr(one, name) for one in outcomes) for name in ("rows", "ordinary"))
    against = sum(len(one.against) for one in outcomes)
    print(
        f"{len(outcomes)} scenarios: {sum(not one.problem for one in outcomes)} imported,"
        f" {sum(bool(one.findings) for one in outcomes)} with a finding"
        f" ({sum(one.beyond for one in outcomes)} beyond a cleared log),"
        f" {sum(one.labelled for one in outcomes)} with the technique;"
        f" {sum(len(one.findings) for one in outcomes):,} findings in {rows:,} rows;"
        f" {against} in {ordinary:,} ordinary rows"
        f" ({10_000 * against / max(1, ordinary):.1f} per 10,000)"
    )


if __name__ == "__main__":
    main()
