"""Sigma rules, read from YAML: ours in `rules/`, the analyst's own in a folder of theirs.

In our rules field names are the columns of the Microsoft tables themselves, and `logsource.service`
is the table's name in lower case (`any` for every table). Rules of a generic log source, as those
of SigmaHQ, are put on these tables by `generic_sources`. What Sigma has no field for stands under
the custom key `soc_tui`: entity, confidence, recommendations, quote, techniques_from.
Source: https://sigmahq.io/sigma-specification/
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

import yaml
from sigma.collection import SigmaCollection
from sigma.conditions import ConditionOR
from sigma.correlations import (
    SigmaCorrelationCondition,
    SigmaCorrelationRule,
    SigmaCorrelationType,
)
from sigma.exceptions import SigmaError
from sigma.policy import SigmaPolicy
from sigma.policy.regex_engine import RE2RegexEngine, RegexPattern
from sigma.rule import SigmaRule

from soc_tui.analysts.grounding import attack_ids
from soc_tui.analysts.offline.sigma import conditions, generic_sources
from soc_tui.model.finding import Confidence, Mitre, Severity

ANY_TABLE = "any"
TABLES = (
    "DeviceProcessEvents", "DeviceNetworkEvents", "DeviceLogonEvents", "DeviceFileEvents",
    "DeviceRegistryEvents", "SigninLogs", "AzureActivity", "AzureNetworkAnalytics_CL",
    "AlertInfo", "AlertEvidence",
)  # fmt: skip
"""Tables that rules can be about."""
_SERVICES = {name.lower(): name for name in (*TABLES, ANY_TABLE)} | {
    "activitylogs": "AzureActivity"
}
_ENTITIES = {
    "SigninLogs": ("UserPrincipalName",),
    "AzureActivity": ("Caller",),
    "AzureNetworkAnalytics_CL": ("VM_s", "DestIP_s"),
    "AlertInfo": ("Title",),
    "AlertEvidence": ("DeviceName", "AccountName"),
}
_SEVERITIES = {
    "informational": Severity.INFORMATIONAL,
    "low": Severity.LOW,
    "medium": Severity.MEDIUM,
    "high": Severity.HIGH,
    "critical": Severity.CRITICAL,
}
_BROKEN = (SigmaError, yaml.YAMLError, ValueError, TypeError, AttributeError, KeyError, IndexError)


class _QuietRE2(RE2RegexEngine):
    """pySigma's RE2 engine, which else prints what it cannot parse across the screen (stderr)."""

    def compile(self, pattern: str, flags: int = 0) -> RegexPattern:
        options = self._re2.Options()
        options.log_errors = False
        self._re2.compile(pattern, options)
        return super().compile(pattern, flags)


_POLICY = SigmaPolicy(regex_engine=_QuietRE2())


@dataclass(frozen=True, slots=True)
class Correlation:
    """What must hold of several hits together, in any window of `seconds` and per group.

    Attributes:
        kind: event_count, value_count, value_sum, temporal or temporal_ordered.
        field: Column counted or summed; empty for the other kinds.
        operator, threshold: SQL comparison of the count or sum.
    """

    kind: str
    rules: tuple[Rule, ...]
    group_by: tuple[str, ...]
    seconds: int
    field: str = ""
    operator: str = ">="
    threshold: float = 1


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule, ready to run.

    Attributes:
        table: Table it is about, or `any`.
        tree: pySigma's condition tree; None for a correlation.
        columns: Columns it needs.
        quote: Columns quoted of each cited row, the most telling first.
        entity: Columns that name whom it is about; the first non-empty one groups the hits.
        techniques_from: Column that holds technique ids of the row itself (alerts).
        silent: True for a rule that only feeds a correlation.
        origin: File name.
    """

    id: str
    title: str
    description: str
    table: str
    severity: Severity
    confidence: Confidence
    mitre: tuple[Mitre, ...]
    columns: frozenset[str]
    quote: tuple[str, ...]
    entity: tuple[str, ...]
    origin: str
    tree: Any = field(default=None, compare=False, repr=False)
    correlation: Correlation | None = None
    recommendations: tuple[str, ...] = ()
    falsepositives: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    techniques_from: str = ""
    silent: bool = False


@dataclass(frozen=True, slots=True)
class Rulebook:
    """All rules, and what could not be read: one sentence per problem, naming file and place."""

    rules: tuple[Rule, ...]
    problems: tuple[str, ...] = ()

    def for_table(self, table: str, *, own: bool = False) -> tuple[Rule, ...]:
        """Rules that report on the table by themselves; with `own`, not those for any table."""
        about = (table,) if own else (table, ANY_TABLE)
        return tuple(rule for rule in self.rules if rule.table in about and not rule.silent)

    def columns_for(self, table: str) -> tuple[str, ...]:
        """Columns that the table's rules need, quote or name entities by; sorted."""
        names = {
            column
            for rule in self.for_table(table, own=True)
            for column in (*rule.columns, *rule.quote, *rule.entity)
        }
        return tuple(sorted(names))


def load(rules_dir: Path | None = None) -> Rulebook:
    """Our rules and those below `rules_dir` (*.yml, *.yaml); theirs with our id replaces ours.

    A folder that is not there has none. Never raises for what stands in a file: that is a problem
    in the answer.
    """
    ours = _ours()
    if rules_dir is None:
        return ours
    theirs, problems = _read(_files(rules_dir))
    replaced = {rule.id for rule in theirs}
    kept = tuple(rule for rule in ours.rules if rule.id not in replaced)
    return Rulebook((*kept, *theirs), (*ours.problems, *problems))


@cache
def _ours() -> Rulebook:
    folder = resources.files("soc_tui.analysts.offline.sigma") / "rules"
    texts = sorted(
        (entry.name, entry.read_text("utf-8"))
        for entry in folder.iterdir()
        if entry.name.endswith(".yml")
    )
    rules, problems = _read(texts)
    return Rulebook(tuple(rules), tuple(problems))


def _files(folder: Path) -> Iterator[tuple[str, str | OSError | UnicodeError]]:
    for path in sorted((*folder.rglob("*.yml"), *folder.rglob("*.yaml"))):
        try:
            yield str(path), path.read_text("utf-8")
        except (OSError, UnicodeError) as error:
            yield str(path), error


def _read(
    texts: Iterable[tuple[str, str | OSError | UnicodeError]],
) -> tuple[list[Rule], list[str]]:
    rules: list[Rule] = []
    problems: list[str] = []
    for name, text in texts:
        if not isinstance(text, str):
            problems.append(f"{name} cannot be read: {text}.")
            continue
        found, wrong = _read_once(text, name)
        known = {rule.id for rule in rules}
        problems += [
            f"{name}: rule {rule.title!r} has the id {rule.id} of an earlier rule; left out."
            for rule in found
            if rule.id in known
        ]
        rules += [rule for rule in found if rule.id not in known]
        problems += wrong
    return rules, problems


@lru_cache(maxsize=8192)
def _read_once(text: str, name: str) -> tuple[Sequence[Rule], Sequence[str]]:
    """The folder is read at each hunt, so that a changed rule counts; parsing is 2 ms a rule."""
    return read_rules(text, name)


def read_rules(text: str, name: str) -> tuple[list[Rule], list[str]]:
    """Rules of one YAML text (several documents allowed) and its problems."""
    try:
        collection = SigmaCollection.from_yaml(text, collect_errors=True, policy=_POLICY)
        parsed = list(collection.rules)
    except _BROKEN as error:
        return [], [f"{name} is not a Sigma rule: {_reason(error)}."]
    if not parsed:
        return [], [f"{name} holds no Sigma rule."]
    rules: dict[int, Rule] = {}
    problems: list[str] = []
    for sigma in sorted(parsed, key=lambda one: isinstance(one, SigmaCorrelationRule)):
        try:
            rules[id(sigma)] = _rule(sigma, name, rules)
        except (*_BROKEN, conditions.UnsupportedConditionError) as error:
            title = str(sigma.title or "without a title")
            problems.append(f"{name}, rule {title!r}: {_reason(error)}.")
    return list(rules.values()), problems


def _reason(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    if mark is not None:
        problem = getattr(error, "problem", None) or "bad YAML"
        return f"line {mark.line + 1}, column {mark.column + 1}: {problem}"
    if isinstance(error, (KeyError, AttributeError, TypeError, IndexError)):
        return f"a part is missing or has the wrong type ({error})".rstrip(".")
    return " ".join(str(error).split()).rstrip(".")


def _rule(sigma: Any, origin: str, earlier: Mapping[int, Rule]) -> Rule:
    if sigma.errors:
        raise sigma.errors[0]
    if not sigma.title:
        raise ValueError("a rule needs a title")
    own = sigma.custom_attributes.get("soc_tui") or {}
    if isinstance(sigma, SigmaCorrelationRule):
        return _correlation_rule(sigma, own, origin, earlier)
    tree, table = _tree(sigma), _table(sigma)
    if not table:
        table = _generic(sigma)
        tree = generic_sources.on_columns(tree, str(sigma.logsource.category))
    conditions.sql(tree, ("x",))  # what cannot be run is refused now, not in the hunt
    columns = frozenset(conditions.fields(tree))
    positive = tuple(dict.fromkeys(conditions.fields(tree, positive=True)))
    return _common(
        sigma,
        own,
        origin,
        table=table,
        columns=columns,
        quote=tuple(dict.fromkeys((*positive, *map(str, sigma.fields)))),
        tree=tree,
        silent=not sigma._output,  # referenced by a correlation without `generate`
    )


def _tree(sigma: SigmaRule) -> Any:
    trees = [condition.parsed for condition in sigma.detection.parsed_condition]
    if not trees:
        raise ValueError("a rule needs a condition")
    return trees[0] if len(trees) == 1 else ConditionOR(trees)


def _table(sigma: SigmaRule) -> str:
    """The table that the rule is written for; empty for a rule of a generic log source."""
    return _SERVICES.get((sigma.logsource.service or "").lower(), "")


def _generic(sigma: SigmaRule) -> str:
    source = sigma.logsource
    table = generic_sources.table_of(source.category, source.product, source.service)
    if table:
        return table
    said = ", ".join(
        f"{name} {value!r}"
        for name in ("product", "category", "service")
        if (value := getattr(source, name))
    )
    raise ValueError(
        f"no table here is for logsource {said}. It may be a table (service: {ANY_TABLE},"
        f" {TABLES[0].lower()} …) or a category: {', '.join(generic_sources.categories())}"
    )


def _correlation_rule(
    sigma: SigmaCorrelationRule, own: Any, origin: str, earlier: Mapping[int, Rule]
) -> Rule:
    parts = tuple(earlier[id(reference.rule)] for reference in sigma.rules or ())
    tables = {part.table for part in parts}
    if len(tables) != 1:
        raise ValueError("the rules of a correlation must be about one and the same table")
    correlation = _correlation(sigma, parts)
    needed = {*correlation.group_by, *filter(None, [correlation.field])}
    quote = (*correlation.group_by, *filter(None, [correlation.field]))
    return _common(
        sigma,
        {"entity": list(correlation.group_by), **own},
        origin,
        table=tables.pop(),
        columns=frozenset(needed).union(*(part.columns for part in parts)),
        quote=tuple(dict.fromkeys((*quote, *(name for part in parts for name in part.quote)))),
        correlation=correlation,
    )


_OPERATORS = {"LT": "<", "LTE": "<=", "GT": ">", "GTE": ">=", "EQ": "=", "NEQ": "<>"}
_COUNTING = {
    SigmaCorrelationType.EVENT_COUNT,
    SigmaCorrelationType.VALUE_COUNT,
    SigmaCorrelationType.VALUE_SUM,
}
_TEMPORAL = {SigmaCorrelationType.TEMPORAL, SigmaCorrelationType.TEMPORAL_ORDERED}


def _correlation(sigma: SigmaCorrelationRule, parts: tuple[Rule, ...]) -> Correlation:
    kind = sigma.type.name.lower()
    if sigma.type not in _COUNTING | _TEMPORAL or sigma.aliases.aliases:
        raise ValueError(f"correlation type {kind} or its aliases are not run here")
    base = Correlation(kind, parts, tuple(sigma.group_by or ()), sigma.timespan.seconds)
    if sigma.type in _TEMPORAL:
        return base
    condition = sigma.condition
    if not isinstance(condition, SigmaCorrelationCondition):
        raise ValueError("a correlation with a condition expression is not run here")
    column = condition.fieldref or ""
    if not isinstance(column, str):
        raise ValueError("a correlation over several fields is not run here")
    return Correlation(
        kind, parts, base.group_by, base.seconds, column,
        _OPERATORS[condition.op.name], float(condition.count),
    )  # fmt: skip


def _sentence(text: str) -> str:
    text = " ".join(text.split())
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _common(sigma: Any, own: Any, origin: str, **parts: Any) -> Rule:
    entity = own.get("entity") or _ENTITIES.get(parts["table"], ("DeviceName",))
    first = tuple(map(str, own.get("quote", ())))
    quote = (*first, *(name for name in parts.pop("quote") if name not in first))
    tags = tuple(str(tag) for tag in sigma.tags)
    return Rule(
        id=str(sigma.id or uuid.uuid5(uuid.NAMESPACE_URL, f"sigma:{sigma.title}")),
        title=str(sigma.title),
        description=_sentence(str(sigma.description or sigma.title)),
        severity=_SEVERITIES[sigma.level.name.lower()] if sigma.level else Severity.MEDIUM,
        confidence=Confidence(own.get("confidence", "medium")),
        mitre=attack_ids.references(tags),
        entity=(entity,) if isinstance(entity, str) else tuple(map(str, entity)),
        origin=origin,
        recommendations=tuple(map(str, own.get("recommendations", ()))),
        falsepositives=tuple(map(str, sigma.falsepositives)),
        tags=tuple(tag for tag in tags if not tag.startswith("attack.")),
        techniques_from=str(own.get("techniques_from", "")),
        quote=quote,
        **parts,
    )
