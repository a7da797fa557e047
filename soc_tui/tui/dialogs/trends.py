"""Figures of past hunts over time."""

from __future__ import annotations

from collections.abc import Iterable

from rich.text import Text

from soc_tui.history.searching import Day, Trends
from soc_tui.model.inert import inert
from soc_tui.model.wording import number_of
from soc_tui.review.trends import binned
from soc_tui.tui.dialogs.text_dialog import TextDialog

_BAR, _LONG_BAR, _NAME = 20, 30, 34
_FORMATS = {"day": "%Y-%m-%d", "week": "%Y-%m-%d", "month": "%Y-%m", "year": "%Y"}


class TrendsScreen(TextDialog):
    """Hunts and findings over time, techniques, states.

    Args:
        of: Which hunts these are figures of.
    """

    def __init__(self, trends: Trends, of: str) -> None:
        super().__init__()
        self._trends = trends
        self.heading = f"Trends for {inert(of, 50)}: Esc closes"

    def text(self) -> Text:
        """The figures with bars, the newest first; every bar has its number."""
        unit, bins = binned(self._trends.days)
        hunts = sum(one.hunts for one in bins)
        findings = sum(one.findings for one in bins)
        text = Text()
        text.append(f"{number_of(hunts, 'hunt')}, {number_of(findings, 'finding')}\n", "bold")
        name = "Week of" if unit == "week" else unit.capitalize()
        text.append(f"\n{name:<11}{'Hunts':>7} {'':<{_BAR}} {'Findings':>8}\n", "bold")
        most_hunts = max((one.hunts for one in bins), default=0)
        most_findings = max((one.findings for one in bins), default=0)
        for one in reversed(bins):
            text.append(_line(one, _FORMATS[unit], most_hunts, most_findings))
        text.append("\nFindings per technique\n", "bold")
        text.append(_figures(self._trends.techniques))
        text.append("\nFindings per triage state\n", "bold")
        text.append(_figures(self._trends.states))
        return text


def _line(one: Day, form: str, most_hunts: int, most_findings: int) -> str:
    hunts, findings = _bar(one.hunts, most_hunts, "█"), _bar(one.findings, most_findings, "▒")
    return (
        f"{one.day:{form}}".ljust(11)
        + f"{one.hunts:>7,} {hunts:<{_BAR}} {one.findings:>8,} {findings}".rstrip()
        + "\n"
    )


def _figures(figures: Iterable[tuple[str, int]]) -> str:
    told = [*figures]
    most = max((count for _, count in told), default=0)
    lines = (
        f"{inert(name, _NAME):<{_NAME}} {count:>7,} {_bar(count, most, '█', _LONG_BAR)}\n"
        for name, count in told
    )
    return "".join(lines) or "none\n"


def _bar(count: int, most: int, block: str, size: int = _BAR) -> str:
    """A bar of at most `size`; what is not nothing shows."""
    return block * max(1, round(size * count / most)) if count else ""
