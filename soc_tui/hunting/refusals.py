"""The error for a refusing verdict."""

from __future__ import annotations

from soc_tui.model.errors import RefusedError
from soc_tui.model.verdict import Verdict


def refusal_text(verdict: Verdict) -> str:
    """What refuses and what to do, a line each, for the analyst that wrote the text."""
    return "\n".join(" ".join((line.message, line.hint)).strip() for line in verdict.refusals)


def refused(what: str, verdict: Verdict) -> RefusedError:
    """The error for a human."""
    reasons = "; ".join(line.message for line in verdict.refusals)
    hints = " ".join(line.hint for line in verdict.refusals if line.hint)
    error = RefusedError(f"{what}.", f"{reasons}.", hints or "Edit the query and run it again.")
    error.verdict = verdict
    return error
