"""Spend so far, and the budget left."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Self

from soc_tui.model.limits import Limits
from soc_tui.model.quote import price_text

_NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Spent:
    """Calls of one day or one session.

    Attributes:
        usd: Known prices together, with the estimates of calls that still run or were cancelled.
        unknown_calls: Calls whose price is unknown: they are not part of `usd`.
    """

    usd: Decimal = _NOTHING
    unknown_calls: int = 0

    @classmethod
    def of(cls, price: Decimal | None, calls: int) -> Self:
        """So many calls that took `price` together, USD; None when unknown."""
        return cls(unknown_calls=calls) if price is None else cls(price)

    def plus(self, other: Spent) -> Spent:
        """Both together."""
        return Spent(self.usd + other.usd, self.unknown_calls + other.unknown_calls)


@dataclass(frozen=True, slots=True)
class Cap:
    """One hard limit on spend.

    Attributes:
        name: As part of a sentence, "the daily limit".
        setting: The setting that holds it.
        limit, spent: USD.
    """

    name: str
    setting: str
    limit: Decimal
    spent: Decimal = _NOTHING

    @property
    def left(self) -> Decimal:
        """USD that may still be spent, never below 0."""
        return max(self.limit - self.spent, _NOTHING)

    def excess(self, price: Decimal) -> str:
        """By how much a call of that price would pass it; empty when it does not."""
        over = self.spent + price - self.limit
        if over <= 0:
            return ""
        before = f"{price_text(self.spent)} is spent and " if self.spent else ""
        return (
            f"{before}it may cost {price_text(price)}, {price_text(over)} over {self.name} of "
            f"{price_text(self.limit)} ({self.setting})"
        )


@dataclass(frozen=True, slots=True)
class Budget:
    """Spend of the UTC day and of the session, with their limits.

    A session is one run of the app, or one headless command.
    """

    limits: Limits = field(default_factory=Limits)
    day: Spent = field(default_factory=Spent)
    session: Spent = field(default_factory=Spent)

    @property
    def caps(self) -> tuple[Cap, ...]:
        """The hard limits that are set."""
        caps = (
            ("the daily limit", "limits.max_day_spend", self.limits.max_day_spend, self.day),
            (
                "the session limit",
                "limits.max_session_spend",
                self.limits.max_session_spend,
                self.session,
            ),
        )
        return tuple(
            Cap(name, setting, limit, spent.usd)
            for name, setting, limit, spent in caps
            if limit is not None
        )

    @property
    def left(self) -> Decimal | None:
        """USD that may still be spent before a hard limit; None when none is set."""
        return min((cap.left for cap in self.caps), default=None)

    @property
    def most_for_a_call(self) -> Decimal | None:
        """USD that one call may take at most by any limit; None when none is set."""
        limits = (self.limits.max_price, self.left)
        return min((limit for limit in limits if limit is not None), default=None)

    def warnings(self, price: Decimal | None) -> tuple[str, ...]:
        """What to know before a call of that price (USD; None when unknown): soft limits."""
        soft = (
            ("today", "limits.warn_day_spend", self.limits.warn_day_spend, self.day),
            (
                "in this session",
                "limits.warn_session_spend",
                self.limits.warn_session_spend,
                self.session,
            ),
        )
        found = []
        for when, setting, limit, spent in soft:
            after = spent.usd + (price or _NOTHING)
            if limit is not None and after > limit:
                found.append(
                    f"{price_text(after)} will be spent {when}, over the soft limit of "
                    f"{price_text(limit)} ({setting})."
                )
        if price is None:
            found += [
                f"The price of this call cannot be counted against {cap.name} of "
                f"{price_text(cap.limit)}, because it is unknown."
                for cap in self.caps
            ]
        unknown = max(self.day.unknown_calls, self.session.unknown_calls)
        if unknown and (self.caps or any(limit is not None for _, _, limit, _ in soft)):
            found.append(f"Earlier calls of unknown price, not counted: {unknown:,}.")
        return tuple(found)

    def text(self) -> str:
        """For the status strip: what is left, else what was spent where a soft limit is set."""
        if self.left is not None:
            return f"budget left {price_text(self.left)}"
        if self.limits.warn_day_spend is not None:
            return f"today {price_text(self.day.usd)} of {price_text(self.limits.warn_day_spend)}"
        if self.limits.warn_session_spend is not None:
            limit = price_text(self.limits.warn_session_spend)
            return f"session {price_text(self.session.usd)} of {limit}"
        return ""
