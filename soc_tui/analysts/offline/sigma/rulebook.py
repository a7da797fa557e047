"""All rules that a hunt runs, and what could not be read. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from soc_tui.analysts.offline.sigma import field_columns
from soc_tui.analysts.offline.sigma.rule import ANY_TABLE, NO_TABLE, CompiledFile, Rule


@dataclass(frozen=True, slots=True)
class Rulebook:
    """All rules, and what could not be read: one sentence per problem, naming file and place."""

    rules: tuple[Rule, ...]
    problems: tuple[str, ...] = ()

    @property
    def broken(self) -> tuple[str, ...]:
        """The problems of rules that may be for a table here: all but those for other logs."""
        return tuple(problem for problem in self.problems if NO_TABLE not in problem)

    def for_table(self, table: str, *, own: bool = False) -> tuple[Rule, ...]:
        """Rules that report on the table by themselves; with `own`, not those for any table."""
        about = (table,) if own else (table, ANY_TABLE)
        return tuple(rule for rule in self.rules if rule.table in about and not rule.silent)

    def columns_for(self, table: str) -> tuple[str, ...]:
        """Columns that the table's rules need, quote or name entities by; sorted."""
        names = {
            field_columns.holder(column)
            for rule in self.for_table(table, own=True)
            for column in (*rule.columns, *rule.quote, *rule.entity)
        }
        return tuple(sorted(names))


def rulebook(
    ours: Iterable[tuple[str, CompiledFile]], theirs: Iterable[tuple[str, CompiledFile]]
) -> Rulebook:
    """The rules of files by name; one of theirs with our id replaces ours."""
    own, own_problems = _rules(ours)
    others, problems = _rules(theirs)
    replaced = {rule.id for rule in others}
    kept = (rule for rule in own if rule.id not in replaced)
    return Rulebook((*kept, *others), (*own_problems, *problems))


def _rules(files: Iterable[tuple[str, CompiledFile]]) -> tuple[list[Rule], list[str]]:
    rules: list[Rule] = []
    problems: list[str] = []
    earlier: set[str] = set()
    for name, file in files:
        problems += [
            f"{name}: rule {rule.title!r} has the id {rule.id} of an earlier rule; skipped."
            for rule in file.rules
            if rule.id in earlier
        ]
        rules += [replace(rule, origin=name) for rule in file.rules if rule.id not in earlier]
        earlier.update(rule.id for rule in file.rules)
        problems += [f"{name}{problem}" for problem in file.problems]
    return rules, problems
