"""The way of a hunt for notebooks and scripts: open a workspace, plan, query, hunt."""

from __future__ import annotations

import asyncio
import logging
import math
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import aclosing
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self, TypeVar

from soc_tui.api.loop_thread import LoopThread
from soc_tui.config.settings import with_workspace
from soc_tui.hunting.hunter import Hunter
from soc_tui.model.errors import AnalystError, RefusedError, SocError, WorkspaceError
from soc_tui.model.events import Event, Noticed, StepFailed
from soc_tui.model.hunt import Hunt, Status
from soc_tui.model.quote import Quote, Usage, price_text
from soc_tui.model.rows import Rows
from soc_tui.model.verdict import Verdict
from soc_tui.opening.open_hunter import open_hunter
from soc_tui.opening.workspace_kinds import load_settings

T = TypeVar("T")

_LOG = logging.getLogger("soc_tui")
"""What a step says while it runs: a wait, a retry, rules that were left out."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Rows of a query that the guardrails allowed.

    Attributes:
        rows: The rows; `rows.to_pandas()` gives them as a DataFrame.
        hunt: The hunt that they belong to: `hunt.kql` is the text as it ran, with the time bound
            and row cap that were added; `hunt.notes` says what was added.
    """

    rows: Rows
    hunt: Hunt


def open_workspace(
    workspace: str | Path | None = None,
    *,
    analyst: Literal["auto", "openai", "offline"] | None = None,
    on_device_code: Callable[[str, str], None] | None = None,
) -> Logs:
    """Open logs to query and hunt through, with the settings that the app has.

    Args:
        workspace: "demo", "log_analytics" or the path of a DuckDB file; None for the one of the
            settings. The demo workspace is made when it is not there yet.
        analyst: Who plans and hunts; None for the one of the settings.
        on_device_code: Called with code and address when a human has to sign in to Azure; None
            prints both on standard error.

    Raises:
        ConfigError: settings, catalog or models that cannot be used.
        WorkspaceError: the workspace cannot be opened or made.
    """
    settings = load_settings()
    if workspace is not None:
        settings = with_workspace(settings, str(workspace))
    if analyst is not None:
        settings = replace(settings, analyst=analyst)
    loop = LoopThread()
    try:
        opening = open_hunter(settings, on_device_code=on_device_code or _print_device_code)
        return Logs(loop.run(opening), loop)
    except BaseException:
        loop.close()
        raise


class Logs:
    """An open workspace with its analyst; from `soc_tui.open_workspace`.

    Every hunt is recorded in the history, as the app's are. Close it, or use it in `with`. All
    methods block, also in a notebook, and may be called from any thread. What a step says while it
    runs (a wait, a retry, rules that were left out) goes to the logger `soc_tui`.
    """

    def __init__(self, hunter: Hunter, loop: LoopThread) -> None:
        self._hunter = hunter
        self._loop = loop
        self._turn = asyncio.Lock()  # what is agreed to holds for one step
        self._quote: tuple[Answer, str, Hunt] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        state = "closed" if self._loop.closed else f"analyst: {self._hunter.analyst.name}"
        return f"<soc_tui.Logs {self._hunter.workspace.name}, {state}>"

    def judge(self, kql: str) -> Verdict:
        """What the guardrails say of a query. Nothing is run."""
        return self._hunter.judge(kql)

    def plan(self, request: str, *, max_usd: Decimal | float = 0) -> Hunt:
        """Write the query for a request in plain words; `query` runs it. Nothing is run here.

        `hunt.kql` is the query. Where the request is answered without logs, or asked back about,
        it is empty, and `hunt.reply` says what.

        Args:
            max_usd: USD that a model may take for it, see `hunt`. The offline analyst is free.

        Raises:
            RefusedError: no query for it passes the guardrails, or it may take more than `max_usd`.
            AnalystError: the model did not answer.
        """
        return self._run(self._alone(self._hunter.plan(request), _consent(max_usd)))

    def query(self, kql: str | Hunt) -> Answer:
        """Run a query that the guardrails allow.

        Args:
            kql: KQL text, or what `plan` returned. A missing time bound or row cap is added.

        Raises:
            RefusedError: a guardrail refuses it; `error.verdict` says which and where.
            QueryError: the workspace rejected it, with line and column where it says.
            WorkspaceError: the workspace did not answer.
        """
        hunt = kql if isinstance(kql, Hunt) else self._hunter.new_hunt("", kql)
        if not hunt.kql.strip():
            reply = hunt.reply.text if hunt.reply else ""
            raise SocError("There is no query to run.", reply, "Write one, or ask for logs.")
        hunt = self._run(self._alone(self._hunter.query(hunt, hunt.kql), _consent(0)))
        if hunt.rows is None:
            raise WorkspaceError("The query ended without rows.")
        return Answer(hunt.rows, hunt)

    def quote(self, answer: Answer, *, model: str = "") -> Quote:
        """What a hunt through these rows will take: model, tokens, price. Nothing is charged.

        `quote.price` is likely, `quote.price_most` the most: a `hunt` of the same answer right
        after it takes no more than that.

        Raises:
            RefusedError: it fits no allowed model.
        """
        return self._run(self._priced(answer, model))

    def hunt(self, answer: Answer, *, max_usd: Decimal | float = 0, model: str = "") -> Hunt:
        """Hunt through the rows; `hunt.findings` are the findings, each checked against its rows.

        A finding is `grounded` when every row that it cites exists and holds what it quotes.

        Args:
            max_usd: USD that the model may take: a hunt that could take more is refused before
                anything is sent. `math.inf` accepts every price, an unknown one too. The offline
                analyst is free.
            model: Name of the model; empty for the one that the quote chooses.

        Raises:
            RefusedError: it may take more than `max_usd`, or a limit of the settings refuses it.
            AnalystError: the model did not answer; findings until then are in the history.
        """
        if answer.hunt.status is Status.NO_ROWS:
            return answer.hunt
        return self._run(self._hunted(answer, model, _consent(max_usd)))

    def close(self) -> None:
        """Release the workspace and the analyst. Safe to call twice."""
        if not self._loop.closed:
            self._loop.run(self._hunter.aclose())
            self._loop.close()

    async def _alone(self, step: AsyncIterator[Event], consent: Consent) -> Hunt:
        async with self._turn:
            return await self._followed(step, consent)

    async def _priced(self, answer: Answer, model: str) -> Quote:
        async with self._turn:
            hunt = await self._quoted(answer, model)
        if hunt.quote is None:
            raise AnalystError("The analyst gave no quote.")
        return hunt.quote

    async def _hunted(self, answer: Answer, model: str, consent: Consent) -> Hunt:
        async with self._turn:
            hunt = await self._quoted(answer, model)
            self._quote = None
            return await self._followed(self._hunter.hunt(hunt), consent)

    async def _quoted(self, answer: Answer, model: str) -> Hunt:
        """The quote that was asked for last, if it is this one: the hunt must cost what it said."""
        if self._quote is None or self._quote[0] is not answer or self._quote[1] != model:
            self._quote = None
            hunt = await self._followed(self._hunter.quote(answer.hunt, model), _consent(0))
            self._quote = answer, model, hunt
        return self._quote[2]

    async def _followed(self, step: AsyncIterator[Event], consent: Consent) -> Hunt:
        """The hunt after its step."""
        last: Event | None = None
        self._hunter.spending.consent = consent
        # mypy sees AsyncIterator; every step is a generator and has aclose.
        async with aclosing(step) as events:  # type: ignore[type-var]
            async for event in events:
                last = event
                if isinstance(event, StepFailed):
                    if event.hunt.findings:
                        event.error.add_note(f"Its findings are kept in hunt {event.hunt.id}.")
                    raise event.error
                if isinstance(event, Noticed):
                    _LOG.warning(event.message)
        if last is None:
            raise SocError("The step did nothing.")
        return last.hunt

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        if self._loop.closed:
            work.close()
            raise SocError("This workspace is closed.", "", "Open it with soc_tui.open_workspace.")
        return self._loop.run(work)


class Consent:
    """Agrees to calls until together they could take more than `max_usd`."""

    def __init__(self, max_usd: Decimal) -> None:
        self._max = max_usd
        self._agreed = Decimal(0)

    def __call__(self, estimate: Usage, most: Decimal | None) -> None:
        """Raises RefusedError: the calls could take more, or nobody knows."""
        if self._max == math.inf:
            return
        if most is None:
            raise RefusedError(
                "Nothing was sent: its price is unknown.",
                f"The models known here have no price for {estimate.model}.",
                "Enter its price in models.toml, or accept any price: max_usd=math.inf",
            )
        self._agreed += most
        if self._agreed > self._max:
            raise RefusedError(
                f"Nothing was sent: it may take {price_text(self._agreed)} ({estimate.model}).",
                f"Accepted are {price_text(self._max)}.",
                'Pass a larger max_usd, or open the workspace with analyst="offline".',
            )


def _consent(max_usd: Decimal | float) -> Consent:
    return Consent(Decimal(max_usd))


def _print_device_code(code: str, address: str) -> None:
    print(f"Sign in: open {address} and enter the code {code}", file=sys.stderr)
