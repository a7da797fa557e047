"""The content of every report on a hunt or finding, whatever its format. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from soc_tui.model.coverage import Stage
from soc_tui.model.finding import Finding
from soc_tui.model.grounded import badge, full_badge
from soc_tui.model.hunt import Hunt, Status
from soc_tui.model.quote import cost_text


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of a report.

    Attributes:
        exact: The value is quoted (an id, an indicator): a reader copies it.
        alarm: The reader must not miss it.
        more: Prose behind the label that belongs to no name.
    """

    label: str
    value: str
    exact: bool = False
    alarm: bool = False
    more: str = ""


def selection(hunt: Hunt, finding_ids: tuple[str, ...]) -> Hunt:
    """The hunt with only these findings and what was asked about them; all of it for none."""
    if not finding_ids:
        return hunt
    return replace(
        hunt,
        findings=tuple(finding for finding in hunt.findings if finding.id in finding_ids),
        remarks=tuple(remark for remark in hunt.remarks if remark.finding_id in finding_ids),
    )


def title(hunt: Hunt) -> str:
    """What the hunt was for, in the analyst's words."""
    return hunt.request.strip() or "manual query"


OVERVIEW = ("No.", "Severity", "Check", "State", "ATT&CK", "Title")
"""Headings of `overview`."""
_MOST_IDS = 3


def overview(hunt: Hunt) -> Iterator[tuple[str, ...]]:
    """A line for each finding, before all that is said of them; none for a single one."""
    if len(hunt.findings) < 2:
        return
    for number, finding in enumerate(hunt.findings, 1):
        ids = [mitre.id for mitre in finding.mitre]
        more = f" +{len(ids) - _MOST_IDS}" if len(ids) > _MOST_IDS else ""
        yield (
            str(number),
            finding.severity.value,
            badge(finding),
            finding.state.value,
            ", ".join(ids[:_MOST_IDS]) + more,
            finding.title,
        )


def hunt_facts(hunt: Hunt) -> Iterator[Fact]:
    """Where, when, by whom, at what price, and what the analyst did not see."""
    yield Fact("Id", hunt.id, exact=True)
    if hunt.parent:
        yield Fact("Follows up", hunt.parent, exact=True)
    if hunt.playbook:
        yield Fact("Playbook", hunt.playbook, exact=True)
    if hunt.repeats:
        yield Fact("Rerun of", hunt.repeats, exact=True)
    yield Fact("Time", f"{hunt.created:%Y-%m-%d %H:%M:%S} UTC")
    yield Fact("Workspace", hunt.workspace)
    yield Fact("Analyst", hunt.analyst)
    yield Fact("Status", hunt.status.value)
    yield Fact("Rows", "not queried" if hunt.row_count is None else f"{hunt.row_count:,}")
    yield Fact("Time taken", f"{hunt.elapsed_seconds:.1f} s")
    if hunt.usage:
        used = hunt.usage
        yield Fact(
            "Used",
            f"{used.tokens_in:,} tokens in, {used.tokens_out:,} out, "
            f"{cost_text(used)} ({used.model})",
        )
    if hunt.partial:
        yield Fact("Partial result", hunt.partial, alarm=True, more=" of the workspace")
    coverage = hunt.coverage
    if coverage.stage in {Stage.NO_ANSWER, Stage.NOT_READ} and not hunt.unseen:
        yield Fact("Analyst coverage", "nothing, no hunt was started")
    else:
        yield Fact("Analyst coverage", coverage.summary(), alarm=not coverage.whole)
    if hunt.status is Status.NO_ROWS:
        yield Fact("No rows", coverage.no_rows(), alarm=not coverage.whole)
    yield from (Fact("Receipt", line.strip()) for line in coverage.lines())
    if hunt.versions:
        yield Fact("Versions", "; ".join(hunt.versions))
    if hunt.problem:
        yield Fact("Problem", hunt.problem, alarm=True)
    yield from (Fact("Note", note) for note in hunt.notes)


def finding_facts(finding: Finding) -> Iterator[Fact]:
    """Severity, confidence, triage state, check result, ATT&CK, indicators."""
    yield Fact("Severity", finding.severity.value)
    yield Fact("Confidence", finding.confidence.value)
    yield Fact("State", finding.state.value)
    if finding.earlier:
        yield Fact("", finding.earlier.text)
    yield Fact("Checked against its rows", full_badge(finding), alarm=not finding.grounded)
    yield from (Fact("Doubt", doubt, alarm=True) for doubt in finding.doubts)
    yield from (Fact("", mitre.label) for mitre in finding.mitre)
    yield from (Fact(f"Indicator ({ioc.type})", ioc.value, exact=True) for ioc in finding.iocs)
    if finding.tags:
        yield Fact("Tags", ", ".join(finding.tags))
