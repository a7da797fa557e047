"""Combines rule hits on one host or account, in time order, into one timeline finding.

The single findings stay: this one names the steps, cites one row of each, and comes first.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from soc_tui.analysts.offline.sigma import rule_findings
from soc_tui.analysts.offline.sigma.everyday import Grouped, everyday_rows
from soc_tui.analysts.offline.sigma.indicators import INDICATOR_COLUMNS, indicators
from soc_tui.analysts.offline.sigma.rule import Rule
from soc_tui.analysts.offline.sigma.rule_findings import Cells, RuleHits
from soc_tui.model.finding import Confidence, Finding, Mitre, Severity

_FEWEST_STEPS, _FEWEST_TACTICS, _MANY_TACTICS = 3, 2, 4
_LONGEST_PAUSE = dt.timedelta(hours=24)
_MOST_STEPS = rule_findings.MOST_CITED
_MOST_RECOMMENDATIONS = 8
_MOST_NAMES = 8
_HOSTS = ("DeviceName", "Computer", "VM_s")
_ACCOUNTS = ("UserPrincipalName", "AccountUpn", "Caller", "AccountName")
# What says most about a step, where the row has it.
_TELLING = (
    "ProcessCommandLine", "RegistryValueData", "RemoteUrl", "FolderPath", "FileName",
    "OperationNameValue", "Title", "NSGRule_s", "RemoteIP", "IPAddress", "AccountName",
)  # fmt: skip
_BY_SEVERITY = tuple(Severity)


@dataclass(frozen=True, slots=True)
class Story:
    """A finding with a timeline, and which hits of which rules (by id) it is made of."""

    finding: Finding
    rows: dict[str, frozenset[int]]

    def tells(self, rule: Rule, rows: Iterable[int]) -> bool:
        """Whether some of these hits of the rule are in it."""
        mine = self.rows.get(rule.id, frozenset())
        return any(row in mine for row in rows)


@dataclass(frozen=True, slots=True)
class _Actor:
    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class _Step:
    """Hits that begin at one row: what one event, or one run of them, looks like to the rules.

    Attributes:
        hits: The gravest rule first.
        first, last: Rows that come first and last in time.
        count: Rows of all its hits.
    """

    hits: tuple[RuleHits, ...]
    first: int
    last: int
    count: int
    mitre: tuple[Mitre, ...]

    @property
    def rule(self) -> Rule:
        return self.hits[0].rule

    @property
    def tactic(self) -> str:
        return self.mitre[0].tactic if self.mitre else ""


def stories(found: Sequence[Grouped], cells: Cells) -> tuple[Story, ...]:
    """One per host or account with evidence that chains, worst first (`_fits_together`).

    Rows with a host are told by host, all others by account. There are none where the rows have
    no time.
    """
    if not cells.moment:
        return ()
    told = [
        _story(actor, steps, cells, number)
        for actor, hits in _by_actor(found, cells).items()
        for number, steps in enumerate(_chains(hits, cells))
    ]
    return tuple(sorted(told, key=lambda one: -_BY_SEVERITY.index(one.finding.severity)))


def _by_actor(found: Sequence[Grouped], cells: Cells) -> dict[_Actor, list[RuleHits]]:
    actors: dict[_Actor, list[RuleHits]] = {}
    for hits, groups in found:
        usual = everyday_rows(groups)
        rows: dict[_Actor, list[int]] = {}
        hosts, accounts = (cells.first_of(hits.rows, names) for names in (_HOSTS, _ACCOUNTS))
        for row, host, account in zip(hits.rows, hosts, accounts, strict=True):
            if (host or account) and row not in usual:
                actor = _Actor("host" if host else "account", (host or account).lower())
                rows.setdefault(actor, []).append(row)
        for actor, own in rows.items():
            actors.setdefault(actor, []).append(RuleHits(hits.rule, own, hits.quoted))
    return actors


def _steps(hits: Sequence[RuleHits], cells: Cells) -> list[_Step]:
    """In order of time; rules whose first hit is the same row make one step."""
    together: dict[int, list[RuleHits]] = {}
    for one in hits:
        together.setdefault(one.rows[0], []).append(one)
    steps = [_step(first, own, cells) for first, own in together.items()]
    return sorted(steps, key=lambda step: cells.order(step.first))


def _step(first: int, hits: Sequence[RuleHits], cells: Cells) -> _Step:
    gravest = tuple(sorted(hits, key=lambda one: _gravity(one.rule)))
    mitre = (one for own in gravest for one in rule_findings.references(own.rule, [first], cells))
    return _Step(
        hits=gravest,
        first=first,
        last=max((one.rows[-1] for one in hits), key=cells.order),
        count=len(set().union(*(one.rows for one in hits))),
        mitre=tuple(dict.fromkeys(mitre)),
    )


def _gravity(rule: Rule) -> int:
    """Sorts the gravest first."""
    return -_BY_SEVERITY.index(rule.severity)


def _chains(hits: Sequence[RuleHits], cells: Cells) -> Iterator[list[_Step]]:
    runs = _close_in_time(_steps(hits, cells), cells)
    return (steps for steps in runs if _fits_together(steps))


def _close_in_time(steps: Sequence[_Step], cells: Cells) -> Iterator[list[_Step]]:
    """Runs of steps without a day in between in which nothing happened."""
    run: list[_Step] = []
    last: dt.datetime | None = None
    for step in steps:
        begins = cells.order(step.first)[0]
        if last is not None and begins - last > _LONGEST_PAUSE:
            yield run
            run = []
        run.append(step)
        ends = cells.order(step.last)[0]
        last = ends if last is None else max(last, ends)
    yield run


def _fits_together(steps: Sequence[_Step]) -> bool:
    """Whether evidence that is independent chains: several rows, rules and tactics.

    A step of a low level, or of a rule that is not sure, is told in a story but makes none.
    """
    telling = [step for step in steps if _tells(step.rule)]
    tactics = {step.tactic for step in telling} - {""}
    rules = {step.rule.id for step in telling}
    serious = any(step.rule.severity in (Severity.HIGH, Severity.CRITICAL) for step in telling)
    return (
        len(telling) >= _FEWEST_STEPS
        and len(tactics) >= _FEWEST_TACTICS
        and len(rules) >= _FEWEST_TACTICS
        and serious
    )


def _tells(rule: Rule) -> bool:
    grave = rule.severity not in (Severity.INFORMATIONAL, Severity.LOW)
    return grave and rule.confidence is not Confidence.LOW


def _story(actor: _Actor, steps: Sequence[_Step], cells: Cells, number: int) -> Story:
    cited = _worth_citing(steps)
    tactics = tuple(dict.fromkeys(step.tactic for step in steps if step.tactic))
    rows: dict[str, set[int]] = {}
    for one in (one for step in steps for one in step.hits):
        rows.setdefault(one.rule.id, set()).update(one.rows)
    name = cells.first_of([steps[0].first], _HOSTS if actor.kind == "host" else _ACCOUNTS)[0]
    where = "on" if actor.kind == "host" else "via"
    finding = Finding(
        id=_story_id(actor, number),
        title=(
            f"Likely intrusion {where} {rule_findings.short(name)}:"
            f" {len(steps)} steps in {len(tactics)} tactics"
        ),
        description="\n".join(_lines(actor, steps, cited, tactics, cells)),
        confidence=_confidence(steps, tactics),
        severity=_severity(steps, tactics),
        mitre=_references(steps),
        iocs=indicators(cells.row(step.first, INDICATOR_COLUMNS) for step in cited),
        evidence=tuple(
            rule_findings.citation(step.first, cells, step.hits[0].quoted(step.first))
            for step in cited
        ),
        recommendations=_recommendations(actor, steps),
        tags=("offline", "timeline"),
        notes=(
            f"Combines the hits of {len(rows)} Sigma rules on one {actor.kind};"
            " each also has its own finding. No model was used."
        ),
    )
    return Story(
        rule_findings.keep_grounded(finding, cells.rows),
        {rule: frozenset(own) for rule, own in rows.items()},
    )


def _story_id(actor: _Actor, number: int) -> str:
    """The same in every hunt, for the first of an actor at least."""
    again = f"\0{number}" if number else ""
    return hashlib.sha256(f"{actor.kind}\0{actor.name}{again}".encode()).hexdigest()[:16]


def _references(steps: Sequence[_Step]) -> tuple[Mitre, ...]:
    """Each technique once, with the tactic that it served first."""
    found: dict[str, Mitre] = {}
    for one in (one for step in steps for one in step.mitre):
        found.setdefault(one.id, one)
    return tuple(found.values())


def _worth_citing(steps: Sequence[_Step]) -> list[_Step]:
    """All, or the gravest of them, in order of time."""
    if len(steps) <= _MOST_STEPS:
        return list(steps)
    gravest = sorted(steps, key=lambda step: _gravity(step.rule))
    kept = {id(step) for step in gravest[:_MOST_STEPS]}
    return [step for step in steps if id(step) in kept]


def _lines(
    actor: _Actor,
    steps: Sequence[_Step],
    cited: Sequence[_Step],
    tactics: Sequence[str],
    cells: Cells,
) -> Iterator[str]:
    first, last = steps[0].first, max((step.last for step in steps), key=cells.order)
    yield (
        f"{len(steps)} steps from {cells.time(first)} to {cells.time(last)}"
        f" belong together. Tactics: {', '.join(tactics)}."
    )
    others = sorted({name for step in steps for name in _others(actor, step, cells)})
    if others:
        word = "Accounts" if actor.kind == "host" else "Addresses"
        more = f" and {len(others) - _MOST_NAMES} more" if len(others) > _MOST_NAMES else ""
        yield f"{word}: {', '.join(others[:_MOST_NAMES])}{more}."
    for number, step in enumerate(cited, 1):
        yield f"{number}. {_line(step, cells)}"
    if len(cited) < len(steps):
        yield f"{len(steps) - len(cited)} lower-severity steps are not shown here."


def _others(actor: _Actor, step: _Step, cells: Cells) -> Iterator[str]:
    """On a host the accounts, of an account the addresses that it came from."""
    columns = _ACCOUNTS if actor.kind == "host" else ("IPAddress", "CallerIpAddress", "RemoteIP")
    text = cells.first_of([step.first], columns)[0]
    if text:
        yield rule_findings.short(text.lower(), 60)


def _line(step: _Step, cells: Cells) -> str:
    titles = "; ".join(one.rule.title for one in step.hits)
    ids = ", ".join(dict.fromkeys(mitre.id for mitre in step.mitre[:3]))
    text = f"{cells.time(step.first)}  {step.tactic or 'no tactic'}"
    text += f" ({ids})" if ids else ""
    text += f"  {titles} (r{step.first + 1})"
    told = next((one for name in _TELLING if (one := cells.text(step.first, name).strip())), "")
    text += f": {rule_findings.short(told, 100)}" if told else ""
    if step.count > 1:
        text += f"  [{step.count:,} rows until {cells.time(step.last)}]"
    return text


def _severity(steps: Sequence[_Step], tactics: Sequence[str]) -> Severity:
    if len(tactics) >= _MANY_TACTICS:
        return Severity.CRITICAL
    return max((step.rule.severity for step in steps), key=_BY_SEVERITY.index)


def _confidence(steps: Sequence[_Step], tactics: Sequence[str]) -> Confidence:
    sure = sum(step.rule.confidence is Confidence.HIGH for step in steps)
    return Confidence.HIGH if sure >= 2 or len(tactics) >= _MANY_TACTICS else Confidence.MEDIUM


def _recommendations(actor: _Actor, steps: Sequence[_Step]) -> tuple[str, ...]:
    what = "Isolate the host" if actor.kind == "host" else "Revoke the account's sessions"
    gravest = sorted(steps, key=lambda step: _gravity(step.rule))
    rest = (advice for step in gravest for advice in step.rule.recommendations[:1])
    return tuple(
        dict.fromkeys((f"{what} before cleaning up single steps; read the steps in order.", *rest))
    )[:_MOST_RECOMMENDATIONS]
