"""Checks that what a finding says in its own words is borne out by the rows it cites.

The rule is inclusion: what looks like a name of a thing, a number, a time or a grave claim and is
in no cited row is a doubt. Whether the finding is true is not checked: only the user can tell.
"""

from __future__ import annotations

from collections.abc import Iterator

from soc_tui.analysts.grounding.cited_rows import CitedRows
from soc_tui.analysts.grounding.claims import statements
from soc_tui.analysts.grounding.claims.counts import Counts
from soc_tui.analysts.grounding.claims.figures import Figures
from soc_tui.analysts.grounding.claims.names import Names
from soc_tui.analysts.grounding.claims.prose import Passage, passages, said
from soc_tui.analysts.grounding.claims.times import Times
from soc_tui.analysts.grounding.claims.wholes import wholes
from soc_tui.model.finding import Finding

_MOST_NAMED = 300
_MOST_SHOWN = 40
_MOST_PARTS = 200
_LONGEST_TEXT = 50_000


def doubts(finding: Finding, cited: CitedRows) -> Iterator[str]:
    """One sentence for each thing that the text says and no cited row bears out."""
    told = tuple(dict.fromkeys(passages(finding)))
    if too_much := _too_much(told):
        yield too_much
        return
    figures = Figures(cited)
    yield from _things(finding, told, cited, figures)
    for passage in told:
        yield from statements.unshown(passage, figures)
        yield from statements.clearing(passage)
        yield from statements.harmful(passage)
    yield from statements.orders(told, figures)


def doubts_on_things(finding: Finding, cited: CitedRows) -> Iterator[str]:
    """The doubts on names, counts and times alone: an answer may also weigh and clear."""
    told = tuple(dict.fromkeys(passages(finding)))
    if too_much := _too_much(told):
        yield too_much
        return
    yield from _things(finding, told, cited, Figures(cited))


def _too_much(told: tuple[Passage, ...]) -> str:
    if sum(len(one.plain) for one in told) > _LONGEST_TEXT:
        return f"Its text has over {_LONGEST_TEXT:,} characters, too many to check."
    if len(told) > _MOST_PARTS:
        return f"It has {len(told)} pieces of advice and tags, too many to check."
    return ""


def _things(
    finding: Finding, told: tuple[Passage, ...], cited: CitedRows, figures: Figures
) -> Iterator[str]:
    ids = (
        one for mitre in finding.mitre for one in (mitre.technique, mitre.sub_technique, mitre.id)
    )
    names = Names(cited, figures, (*(column.name for column in cited.rows.columns), *ids))
    times, counts = Times(figures), Counts(figures)
    missing: dict[str, None] = {}
    figured: dict[str, None] = {}
    for passage in told:
        text, found = times.read(passage.text, advice=passage.is_advice)
        figured.update(dict.fromkeys(found))
        rest, found = counts.read(text, advice=passage.is_advice)
        if not passage.is_advice:
            found += wholes(text)
        figured.update(dict.fromkeys(found))
        borne = statements.borne_out(passage, figures)
        for name in names.missing(rest, borne, advice=passage.is_advice):
            missing.setdefault(name)
            if len(missing) > _MOST_NAMED:
                break
    for value in tuple(missing)[:_MOST_SHOWN]:
        yield f"Its text names {said(value)}, which is in no cited row."
    if len(missing) > _MOST_NAMED:
        yield f"Its text names over {_MOST_NAMED} addresses and names, too many to check."
    elif len(missing) > _MOST_SHOWN:
        yield f"Its text names {len(missing) - _MOST_SHOWN} more things that are in no cited row."
    yield from tuple(figured)[:_MOST_SHOWN]
