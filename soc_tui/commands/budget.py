"""`soc-tui config budget`: spend by day and model, and the budget left."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from soc_tui.commands.terminal import Terminal
from soc_tui.config.paths import data_dir
from soc_tui.config.settings import Settings
from soc_tui.history.ledger import FILE_NAME, Ledger, Total
from soc_tui.model.budget import Budget
from soc_tui.model.quote import price_text
from soc_tui.opening.open_hunter import this_run

_DAYS = 7


def show_budget(settings: Settings) -> None:
    """Print the spend of today and of the newest days, and the limits.

    Raises:
        HistoryError: the ledger cannot be read.
    """
    today = dt.datetime.now(dt.UTC)
    terminal = Terminal()
    path = data_dir() / FILE_NAME
    budget = Budget(settings.limits)
    models: Sequence[Total] = ()
    days: Sequence[Total] = ()
    if path.exists():
        ledger = Ledger(path, this_run(path.with_name(f"{FILE_NAME}-sessions")))
        try:
            terminal.tell(filter(None, (ledger.settle().text(),)))
            budget = ledger.budget(settings.limits, today, "")
            models, days = ledger.models(today.date()), ledger.days(_DAYS)
        finally:
            ledger.close()
    terminal.write(_spent_lines(f"Today ({today.date()}, UTC)", models))
    terminal.write(_spent_lines(f"Last {_DAYS} days with calls", days))
    terminal.write(_limit_lines(budget))
    terminal.write([f"Ledger: {path}"])


def _spent_lines(title: str, totals: Sequence[Total]) -> Iterator[str]:
    yield title
    width = max((len(total.name) for total in totals), default=0)
    for total in totals:
        yield (
            f"  {total.name:<{width}}  {total.calls:>6,} calls  {total.tokens_in:>12,} tokens in"
            f"  {total.tokens_out:>10,} out  {_price(total)}"
        )
    if not totals:
        yield "  nothing"


def _price(total: Total) -> str:
    unknown = total.spent.unknown_calls
    if unknown == total.calls:
        return price_text(None)
    parts = [price_text(total.spent.usd)]
    if total.estimated:
        parts.append(f"{price_text(total.estimated)} of that estimated")
    if unknown:
        parts.append(f"calls of unknown price: {unknown:,}")
    return ", ".join(parts)


def _limit_lines(budget: Budget) -> Iterator[str]:
    limits = budget.limits
    left = {cap.setting: price_text(cap.left) for cap in budget.caps}
    yield "Limits"
    lines = [
        ("max_day_spend", limits.max_day_spend, f"{left.get('limits.max_day_spend')} left today"),
        ("max_session_spend", limits.max_session_spend, "per session"),
        ("max_price", limits.max_price, "per call"),
        ("warn_day_spend", limits.warn_day_spend, "warns"),
        ("warn_session_spend", limits.warn_session_spend, "warns"),
    ]
    found = [line for line in lines if line[1] is not None]
    yield from (f"  limits.{name:<18}  {price_text(usd)}, {words}" for name, usd, words in found)
    if not found:
        yield "  none; max_day_spend = 5.0 under [limits] in config.toml sets one"
