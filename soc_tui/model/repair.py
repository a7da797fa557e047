"""A correction of a query, to be accepted or not."""

from dataclasses import dataclass

from soc_tui.model.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Repair:
    """What the analyst (LLM or offline) would change in a query that was rejected.

    Attributes:
        before: The rejected text.
        after: The corrected text as it would run, bounds that the guardrails add included.
        words: What was changed and why.
        author: The analyst's name.
        verdict: The guardrails' word on `after`.
        notes: What the guardrails added to the analyst's text.
    """

    before: str
    after: str
    words: str
    author: str
    verdict: Verdict
    notes: tuple[str, ...] = ()
