"""`soc-tui rules`: lists the rules and tests them on a workspace."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from soc_tui.analysts.offline.sigma.hunting import RuleHunt
from soc_tui.analysts.offline.sigma.rule import TABLES
from soc_tui.analysts.offline.sigma.rulebook import Rulebook
from soc_tui.analysts.offline.sigma.scoring import TableScore, score
from soc_tui.commands import rules_report
from soc_tui.commands.row_labels import ColumnLabels, DemoLabels, Labels
from soc_tui.commands.terminal import Terminal, error_lines
from soc_tui.config.settings import Settings
from soc_tui.demo.kind import DEMO
from soc_tui.kql.text.literals import identifier
from soc_tui.model.catalog import Column
from soc_tui.model.errors import ConfigError, SocError
from soc_tui.model.rows import Rows
from soc_tui.model.time_columns import TIME_COLUMNS
from soc_tui.opening.open_hunter import open_hunter
from soc_tui.opening.open_rules import open_rules
from soc_tui.opening.workspace_kinds import kind_of
from soc_tui.rows import row_tables
from soc_tui.threads import interruptible
from soc_tui.workspaces import Workspace

_MOST_ROWS = 500_000
_CLOUD_HOURS = 168.0


@dataclass(frozen=True, slots=True)
class Trial:
    """What rules are to be tried on.

    Attributes:
        labels: `COLUMN=VALUE` or `COLUMN`, as typed; any of them labels a row.
        tables: Only these tables; all when empty.
        hours: Time range back from now, hours; None for all rows (of Log Analytics: a week).
        everything: List the rules that hit nothing as well.
        as_json: One JSON document on standard output, and nothing else there.
    """

    labels: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    hours: float | None = None
    everything: bool = False
    as_json: bool = False


def list_rules(only: Sequence[str] = ()) -> bool:
    """Print all rules, ours and the user's, by table; True when every file could be read."""
    book = open_rules().load()
    terminal = Terminal()
    terminal.write(rules_report.list_lines(book, only))
    terminal.tell(f"problem: {problem}" for problem in book.problems)
    return not book.problems


def test_rules(settings: Settings, trial: Trial) -> bool:
    """Run the rules on a workspace and print how they did; True when all could be read and run.

    Raises:
        SocError: the workspace cannot be opened, or has no table that rules are for.
        KeyboardInterrupt: cancelled.
    """
    try:
        return asyncio.run(_Run(replace(settings, analyst="offline"), trial).run())
    except asyncio.CancelledError as error:
        raise KeyboardInterrupt from error


class _Run:
    def __init__(self, settings: Settings, trial: Trial) -> None:
        self._settings, self._trial = settings, trial
        self._terminal = Terminal()
        self._labels = _labels(settings, trial)
        self._well = True

    async def run(self) -> bool:
        book = await asyncio.to_thread(open_rules().load)
        self._complain(f"problem: {problem}" for problem in book.problems)
        async with self._terminal.ticking():
            self._terminal.begin("opening")
            hunter = await open_hunter(
                self._settings, progress=self._terminal.progress, on_device_code=self._sign_in
            )
            try:
                scores = await self._try_all(hunter.workspace, book)
            finally:
                await hunter.aclose()
        if self._trial.as_json:
            self._terminal.write_json(rules_report.to_json(scores))
        else:
            self._terminal.write(rules_report.summary_lines(scores))
        return self._well

    async def _try_all(self, workspace: Workspace, book: Rulebook) -> list[TableScore]:
        schema = await workspace.schema()
        scores = []
        chosen = self._chosen(schema)
        self._check_labels({column.name for name in chosen for column in schema[name]})
        for name, about in chosen.items():
            self._terminal.begin(name)
            try:
                scored = await self._try_one(workspace, book, name, about, schema[name])
            except SocError as error:
                self._complain((f"{name}:", *error_lines(error)))
                continue
            self._terminal.end()
            scores.append(scored)
            self._well = self._well and not any(one.problem for one in scored.scores)
            if not self._trial.as_json:
                lines = rules_report.table_lines(scored, everything=self._trial.everything)
                self._terminal.write(lines)
        return scores

    def _check_labels(self, there: set[str]) -> None:
        if not isinstance(self._labels, ColumnLabels):
            return
        missing = [name for name in self._labels.columns("") if name not in there]
        if missing:
            raise ConfigError(
                f"No table has the column {', '.join(missing)}.",
                "Labels are looked up in the tables that have rules.",
                "Use one of their columns: --labels COLUMN=VALUE",
            )

    def _chosen(self, schema: Mapping[str, tuple[Column, ...]]) -> dict[str, str]:
        """Tables to read, and which table their rows are like."""
        likeness = {name: _like(name, columns) for name, columns in sorted(schema.items())}
        known = {name: about for name, about in likeness.items() if about}
        missing = [name for name in self._trial.tables if name not in known]
        if missing or not known:
            raise ConfigError(
                f"There is no table {', '.join(missing) or 'that rules are for'}.",
                f"The workspace has {', '.join(schema) or 'no tables'}.",
                f"Rules are for {', '.join(TABLES)}, and tables with their columns.",
            )
        return {
            name: about
            for name, about in known.items()
            if not self._trial.tables or name in self._trial.tables
        }

    async def _try_one(
        self,
        workspace: Workspace,
        book: Rulebook,
        name: str,
        about: str,
        columns: Sequence[Column],
    ) -> TableScore:
        there = {column.name for column in columns}
        wanted = dict.fromkeys((*TIME_COLUMNS, *book.columns_for(about)))
        seen = [one for one in wanted if one in there]
        told = [one for one in self._labels.columns(about) if one in there] if self._labels else []
        fields = ", ".join(identifier(one) for one in dict.fromkeys((*seen, *told)))
        rows = await workspace.query(
            f"{identifier(name)} | project {fields}", timespan=self._span(), max_rows=_MOST_ROWS
        )
        if rows.partial:
            self._terminal.tell([f"{name}: {rows.partial}"])
        hunt = RuleHunt(_select(rows, seen), about, book)
        return await interruptible(lambda: self._score(hunt, name, about, rows), hunt.interrupt)

    def _score(self, hunt: RuleHunt, name: str, about: str, rows: Rows) -> TableScore:
        return score(hunt, name, self._labels.of(about, rows) if self._labels else None)

    def _span(self) -> dt.timedelta | None:
        hours = self._trial.hours
        if hours is None and kind_of(self._settings.workspace).remote:
            hours = _CLOUD_HOURS
        return None if hours is None else dt.timedelta(hours=hours)

    def _complain(self, lines: Iterable[str]) -> None:
        lines = tuple(lines)
        self._well = self._well and not lines
        self._terminal.tell(lines)

    def _sign_in(self, code: str, address: str) -> None:
        self._terminal.step(f"Sign in: open {address} and enter code {code}")


def _labels(settings: Settings, trial: Trial) -> Labels | None:
    if trial.labels:
        return ColumnLabels.read(trial.labels)
    return DemoLabels() if settings.workspace.kind == DEMO.name else None


def _like(name: str, columns: Sequence[Column]) -> str:
    return name if name in TABLES else row_tables.infer(column.name for column in columns)


def _select(rows: Rows, names: Sequence[str]) -> Rows:
    columns = tuple(column for name in names for column in rows.columns if column.name == name)
    return replace(rows, table=rows.table.select(list(names)), columns=columns)
