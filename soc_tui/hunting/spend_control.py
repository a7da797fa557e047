"""Counts the spend of hunts in the ledger and enforces the spend limits."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, suppress
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from soc_tui.analysts import Sending
from soc_tui.hunting.analyst_events import spend
from soc_tui.model.budget import Budget, Spent
from soc_tui.model.errors import HistoryError, RefusedError, SocError
from soc_tui.model.events import Event, HuntEnded, Noticed, SpendRecorded
from soc_tui.model.hunt import Hunt
from soc_tui.model.limits import Limits
from soc_tui.model.quote import Usage
from soc_tui.threads import to_the_end

if TYPE_CHECKING:
    from soc_tui.history.ledger import Entry, Ledger

ReserveFor = Callable[[Hunt, Usage, Decimal | None], None]
"""`Spending.reserve`."""

Consent = Callable[[Usage, Decimal | None], None]
"""Given what calls may take, and USD at most (None: unknown). Raises RefusedError: not agreed."""


class Spending:
    """Counts spend; what cannot be written into the ledger counts until the program ends.

    A ledger that cannot be used is reported once; while a hard limit is set, it refuses every call
    that costs. Calls that cost nothing do not touch it.

    Args:
        session: This run of the program.

    Attributes:
        consent: Asked before calls are sent, where nobody sees their quote; None: somebody does.
    """

    def __init__(
        self,
        limits: Limits,
        ledger: Ledger | None = None,
        session: str = "",
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
    ) -> None:
        self._limits = limits
        self._ledger = ledger
        self._session = session
        self._now = now
        self._reserved: set[str] = set()
        self._unwritten = Spent()
        self._told = False
        self._last = Budget(limits)
        self.consent: Consent | None = None

    @property
    def text(self) -> str:
        """What is left as it was counted last, for the status strip; empty without a limit."""
        return self._last.text()

    def budget(self) -> Budget:
        """Spend so far, with the limits. Blocks; for any thread.

        Raises:
            RefusedError: the ledger cannot be read, and a hard limit depends on it.
        """
        known = Budget(self._limits)
        if self._ledger is not None:
            try:
                known = self._ledger.budget(self._limits, self._now(), self._session)
            except HistoryError as error:
                self._refuse(error)
        more = self._unwritten
        self._last = replace(known, day=known.day.plus(more), session=known.session.plus(more))
        return self._last

    def reserve(self, hunt: Hunt, estimate: Usage, most: Decimal | None) -> None:
        """Count calls before they are sent, by the most that they may take. Blocks.

        Args:
            estimate: What they will take.
            most: USD; None when unknown.

        Raises:
            RefusedError: they are not agreed to, could pass a hard limit, or cannot be counted
                against it.
        """
        self._reserve(hunt, estimate, most, sent=True)

    def hold(self, hunt: Hunt, estimate: Usage, most: Decimal | None) -> None:
        """As `reserve`, for calls that go out one by one: `sending` is told of each."""
        self._reserve(hunt, estimate, most, sent=False)

    def sending(self, hunt: Hunt) -> Sending:
        """What is told as calls go out of those that are held for the hunt."""
        return _Sending(self, hunt)

    def settle(self) -> str:
        """What runs that were cut off left open, settled: in words, empty for nothing. Blocks."""
        if self._ledger is None:
            return ""
        try:
            return self._ledger.settle().text()
        except HistoryError:  # said before the next call
            return ""

    def _reserve(self, hunt: Hunt, estimate: Usage, most: Decimal | None, *, sent: bool) -> None:
        if not estimate.calls:
            return
        if self.consent is not None:
            self.consent(estimate, most)
        if self._ledger is None:
            return
        self._reserved.add(hunt.id)
        try:
            self._ledger.reserve(self._entry(hunt, estimate), most, self._limits, sent=sent)
        except HistoryError as error:
            self._refuse(error)

    def _sent(self, hunt: Hunt, estimate: Usage, most: Decimal | None) -> None:
        """Raises RefusedError: it cannot be counted against a hard limit."""
        if self._ledger is None:
            return
        self._reserved.add(hunt.id)
        try:
            self._ledger.send(self._entry(hunt, estimate), most)
        except HistoryError as error:
            self._refuse(error)

    def _turned_away(self, hunt: Hunt, estimate: Usage) -> None:
        if self._ledger is not None:
            with suppress(HistoryError):  # too much is counted rather than too little
                self._ledger.unsend(self._entry(hunt, estimate))

    async def counted(self, hunt: Hunt, step: AsyncIterator[Event]) -> AsyncGenerator[Event, None]:
        """Pass on the events of a step and count its calls, replacing their estimate.

        Raises:
            SocError: of the step. What it took until then is told and counted.
        """
        try:
            # mypy sees AsyncIterator; every step is a generator and has aclose.
            async with aclosing(step) as events:  # type: ignore[type-var]
                async for event in events:
                    hunt = event.hunt
                    if isinstance(event, SpendRecorded) and (problem := await self._record(event)):
                        yield Noticed(hunt, problem)
                    if isinstance(event, HuntEnded):
                        await self._end(hunt)
                    yield event
        except SocError as error:
            if error.usage:
                last = SpendRecorded(spend(hunt, error.usage), error.usage)
                if problem := await self._record(last):
                    yield Noticed(hunt, problem)
                yield last
            await self._end(hunt)
            raise
        except BaseException:  # canceled, or an internal error: what was sent may be charged
            await self._end(hunt, cancelled=True)
            raise
        await self._end(hunt)

    async def refresh(self) -> None:
        """Bring `text` up to date."""
        with suppress(RefusedError):  # said again before the next call
            await asyncio.to_thread(self.budget)

    async def _record(self, spent: SpendRecorded) -> str:
        """Count calls that were made; why they could not be, the first time."""
        hunt, usage = spent.hunt, spent.usage
        if self._ledger is None or not usage.calls:
            return ""
        problem = ""
        try:
            await to_the_end(self._ledger.record, self._entry(hunt, usage))
        except HistoryError as error:
            self._unwritten = self._unwritten.plus(Spent.of(usage.price, usage.calls))
            problem = "" if self._told else f"This spend was not recorded. {error}"
            self._told = True
        await self.refresh()
        return problem

    async def _end(self, hunt: Hunt, *, cancelled: bool = False) -> None:
        """No call runs any more. Cancelled ones keep their estimate: they may be charged."""
        if self._ledger is None or hunt.id not in self._reserved:
            return
        self._reserved.discard(hunt.id)
        # What cannot be written stays reserved: too much is counted rather than too little.
        with suppress(HistoryError):
            await to_the_end(self._ledger.end, self._session, hunt.id, cancelled=cancelled)
        await self.refresh()

    def _entry(self, hunt: Hunt, usage: Usage) -> Entry:
        from soc_tui.history.ledger import Entry

        return Entry(self._now(), self._session, hunt.id, hunt.status.value, usage)

    def _refuse(self, error: HistoryError) -> None:
        caps = Budget(self._limits).caps
        if caps:
            settings = " and ".join(cap.setting for cap in caps)
            raise RefusedError(
                "Nothing was sent: the spend so far is unknown.",
                f"{settings} cannot be enforced. {error.what} {error.why}".strip(),
                f"{error.next_step} Or remove the limit from the settings.".strip(),
            ) from error


class _Sending:
    """The calls of one hunt as they go out. See `Spending.sending`."""

    def __init__(self, spending: Spending, hunt: Hunt) -> None:
        self._spending = spending
        self._hunt = hunt

    def sent(self, estimate: Usage, most: Decimal | None) -> None:
        """See `analysts.Sending`."""
        self._spending._sent(self._hunt, estimate, most)

    def turned_away(self, estimate: Usage) -> None:
        """See `analysts.Sending`."""
        self._spending._turned_away(self._hunt, estimate)
