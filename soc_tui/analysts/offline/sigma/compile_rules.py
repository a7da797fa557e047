"""Sigma rules from YAML, compiled: ours, the analyst's own, and public ones.

In our rules field names are the columns of the Microsoft tables themselves, and `logsource.service`
is the table's name in lower case (`any` for every table). Rules of a generic log source, as those
of SigmaHQ, are put on these tables by `generic_sources`.

Takes 4 ms a rule, so what comes of it is kept (`rule_cache`).
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
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
from soc_tui.analysts.offline.sigma import conditions, generic_sources, kql_text
from soc_tui.analysts.offline.sigma.rule import (
    ANY_TABLE,
    NO_TABLE,
    TABLES,
    CompiledFile,
    Correlation,
    Rule,
)
from soc_tui.model.finding import Confidence, Severity

_SERVICES = {name.lower(): name for name in (*TABLES, ANY_TABLE)} | {
    "activitylogs": "AzureActivity"
}
_ENTITIES = {
    "SigninLogs": ("UserPrincipalName",),
    "AzureActivity": ("Caller",),
    "AzureNetworkAnalytics_CL": ("VM_s", "DestIP_s"),
    "AlertInfo": ("Title",),
    "AlertEvidence": ("DeviceName", "AccountName"),
    "SecurityAlert": ("CompromisedEntity",),
    "SecurityEvent": ("Computer",),
    "Event": ("Computer",),
    "Syslog": ("HostName", "Computer"),
    "CommonSecurityLog": ("SourceIP",),
    "W3CIISLog": ("cIP",),
    "DnsEvents": ("ClientIP",),
    "NTANetAnalytics": ("DestVm", "SrcVm"),
    "AuditLogs": ("Identity", "InitiatedBy"),
    "AADNonInteractiveUserSignInLogs": ("UserPrincipalName",),
    "AADUserRiskEvents": ("UserPrincipalName",),
    "IdentityLogonEvents": ("AccountUpn",),
    "OfficeActivity": ("UserId",),
    "EmailEvents": ("RecipientEmailAddress", "SenderFromAddress"),
    "AWSCloudTrail": ("UserIdentityArn",),
    "AADServicePrincipalSignInLogs": ("ServicePrincipalName",),
    "MicrosoftGraphActivityLogs": ("UserId", "ServicePrincipalId", "IPAddress"),
    "CloudAppEvents": ("AccountDisplayName", "AccountId"),
    "UrlClickEvents": ("AccountUpn",),
    "EmailPostDeliveryEvents": ("RecipientEmailAddress", "SenderFromAddress"),
    "IdentityDirectoryEvents": ("AccountUpn", "AccountName", "DeviceName"),
    "IdentityQueryEvents": ("AccountUpn", "AccountName", "DeviceName"),
    "AzureDiagnostics": ("CallerIPAddress", "Resource"),
    "StorageBlobLogs": ("AccountName", "CallerIpAddress"),
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


def compile_file(text: str) -> CompiledFile:
    """Rules of one YAML text (several documents allowed) and its problems. Raises nothing."""
    try:
        # pySigma reads YAML in pure Python, which takes three times as long as all the rest.
        documents = list(yaml.load_all(text, Loader=yaml.CSafeLoader))
        collection = SigmaCollection.from_dicts(documents, collect_errors=True, policy=_POLICY)
        parsed = list(collection.rules)
    except _BROKEN as error:
        return CompiledFile((), (f" is not a Sigma rule: {_reason(error)}.",))
    if not parsed:
        return CompiledFile((), (" contains no Sigma rule.",))
    rules: dict[int, Rule] = {}
    problems: list[str] = []
    for sigma in sorted(parsed, key=lambda one: isinstance(one, SigmaCorrelationRule)):
        try:
            rules[id(sigma)] = _rule(sigma, rules)
        except (*_BROKEN, conditions.UnsupportedConditionError) as error:
            title = str(sigma.title or "without a title")
            problems.append(f", rule {title!r}: {_reason(error)}.")
    return CompiledFile(tuple(rules.values()), tuple(problems))


def _reason(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    if mark is not None:
        problem = getattr(error, "problem", None) or "bad YAML"
        return f"line {mark.line + 1}, column {mark.column + 1}: {problem}"
    if isinstance(error, (KeyError, AttributeError, TypeError, IndexError)):
        return f"a part is missing or has the wrong type ({error})".rstrip(".")
    return " ".join(str(error).split()).rstrip(".")


def _rule(sigma: Any, earlier: Mapping[int, Rule]) -> Rule:
    if sigma.errors:
        raise sigma.errors[0]
    if not sigma.title:
        raise ValueError("a rule needs a title")
    own = sigma.custom_attributes.get("soc_tui") or {}
    if isinstance(sigma, SigmaCorrelationRule):
        return _correlation_rule(sigma, own, earlier)
    tree, source = _tree(sigma), _source(sigma)
    table = source.table if isinstance(source, generic_sources.LogSource) else source
    if isinstance(source, generic_sources.LogSource):
        tree = generic_sources.on_columns(tree, source)
    columns = frozenset(conditions.fields(tree))
    positive = tuple(dict.fromkeys(conditions.fields(tree, positive=True)))
    return _common(
        sigma,
        own,
        table=table,
        columns=columns,
        quote=tuple(dict.fromkeys((*positive, *map(str, sigma.fields)))),
        condition=conditions.condition(tree),
        kql="" if table == ANY_TABLE else kql_text.where(table, tree),
        silent=not sigma._output,  # referenced by a correlation without `generate`
    )


def _tree(sigma: SigmaRule) -> Any:
    trees = [condition.parsed for condition in sigma.detection.parsed_condition]
    if not trees:
        raise ValueError("a rule needs a condition")
    return trees[0] if len(trees) == 1 else ConditionOR(trees)


def _source(sigma: SigmaRule) -> generic_sources.LogSource | str:
    """The table that the rule is written for, or the generic log source."""
    source = sigma.logsource
    found = generic_sources.source_of(source.category, source.product, source.service)
    table = _SERVICES.get((source.service or "").lower(), "")
    if found and table in ("", found.table):
        return found
    if table:
        return table
    said = ", ".join(
        f"{name} {value!r}"
        for name in ("product", "category", "service")
        if (value := getattr(source, name))
    )
    raise ValueError(
        f"{NO_TABLE} {said}. It may be a table (service: {ANY_TABLE},"
        f" {TABLES[0].lower()} …) or a category: {', '.join(generic_sources.categories())}"
    )


def _correlation_rule(sigma: SigmaCorrelationRule, own: Any, earlier: Mapping[int, Rule]) -> Rule:
    parts = tuple(earlier[id(reference.rule)] for reference in sigma.rules or ())
    tables = {part.table for part in parts}
    if len(tables) != 1:
        raise ValueError("the rules of a correlation must all use the same table")
    correlation = _correlation(sigma, parts)
    needed = {*correlation.group_by, *filter(None, [correlation.field])}
    quote = (*correlation.group_by, *filter(None, [correlation.field]))
    return _common(
        sigma,
        {"entity": list(correlation.group_by), **own},
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
        raise ValueError(f"correlation type {kind} or its aliases are not supported")
    base = Correlation(kind, parts, tuple(sigma.group_by or ()), sigma.timespan.seconds)
    if sigma.type in _TEMPORAL:
        return base
    condition = sigma.condition
    if not isinstance(condition, SigmaCorrelationCondition):
        raise ValueError("a correlation with a condition expression is not supported")
    column = condition.fieldref or ""
    if not isinstance(column, str):
        raise ValueError("a correlation over several fields is not supported")
    return Correlation(
        kind, parts, base.group_by, base.seconds, column,
        _OPERATORS[condition.op.name], float(condition.count),
    )  # fmt: skip


def _sentence(text: str) -> str:
    text = " ".join(text.split())
    return text if text.endswith((".", "!", "?")) else f"{text}."


_UNSURE = {"EXPERIMENTAL", "UNSUPPORTED", "DEPRECATED"}


def _sureness(sigma: Any, tags: tuple[str, ...]) -> Confidence:
    """By the status: what is still tried, or made for threat hunters, is often wrong.

    Source: https://sigmahq.io/docs/basics/rules.html#status
    """
    status = sigma.status.name if sigma.status else ""
    unsure = status in _UNSURE or "detection.threat-hunting" in tags
    return Confidence.LOW if unsure else Confidence.MEDIUM


def _common(sigma: Any, own: Any, **parts: Any) -> Rule:
    entity = own.get("entity") or _ENTITIES.get(parts["table"], ("DeviceName",))
    first = tuple(map(str, own.get("quote", ())))
    quote = (*first, *(name for name in parts.pop("quote") if name not in first))
    tags = tuple(str(tag) for tag in sigma.tags)
    return Rule(
        id=str(sigma.id or uuid.uuid5(uuid.NAMESPACE_URL, f"sigma:{sigma.title}")),
        title=str(sigma.title),
        description=_sentence(str(sigma.description or sigma.title)),
        severity=_SEVERITIES[sigma.level.name.lower()] if sigma.level else Severity.MEDIUM,
        confidence=Confidence(own.get("confidence") or _sureness(sigma, tags)),
        mitre=attack_ids.references(tags),
        entity=(entity,) if isinstance(entity, str) else tuple(map(str, entity)),
        recommendations=tuple(map(str, own.get("recommendations", ()))),
        falsepositives=tuple(map(str, sigma.falsepositives)),
        tags=tuple(tag for tag in tags if not tag.startswith("attack.")),
        techniques_from=str(own.get("techniques_from", "")),
        quote=quote,
        **parts,
    )
