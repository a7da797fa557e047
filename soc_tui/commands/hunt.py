"""`soc-tui hunt`: a headless hunt, from the same events as the TUI."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import signal
import sys
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path

from soc_tui.commands import report
from soc_tui.commands.terminal import Terminal, error_lines
from soc_tui.config.settings import Settings
from soc_tui.files.playbooks import Filled
from soc_tui.files.query_files import LONGEST_BYTES, decoded_query, read_query
from soc_tui.hunting.cut_off import cut_off_text
from soc_tui.hunting.hunter import Hunter
from soc_tui.kql.writing.dialect import Dialect, turned
from soc_tui.model import events
from soc_tui.model.errors import HistoryError, QueryError, RefusedError, SocError
from soc_tui.model.hunt import Hunt, Status
from soc_tui.model.plan import Reply
from soc_tui.model.quote import price_text
from soc_tui.model.repair import Repair
from soc_tui.opening.open_hunter import open_hunter

DONE, FAILED, REFUSED, UNPROVEN = 0, 1, 2, 3
_NEGATIVE = frozenset({Status.NO_FINDINGS, Status.NO_ROWS})
_OUTCOMES = _NEGATIVE | {Status.FOUND, Status.ANSWERED, Status.ASKED}
_YES = {"y", "yes"}
_PRICING = "counting and pricing"


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be hunted, and how to say it.

    Attributes:
        request: The analyst's words; may be empty when there is a query.
        kql: File of a query to run instead of a planned one, `-` for standard input; or None.
        as_json: One JSON document on standard output at the end, and nothing else there.
        yes: The price, and a repaired query, are accepted beforehand.
        playbook: Its query runs, in place of a planned one.
        show_prompt: Write what would be sent to the model, and end before it is sent.
        dialect: Value of the Dialect that the file's query is turned into; None leaves it as it is.
        resume: Id of a hunt that was cut off and is gone on with, or the start of one; empty: the
            newest that was; None: a hunt begins.
    """

    request: str
    kql: str | None = None
    as_json: bool = False
    yes: bool = False
    playbook: Filled | None = None
    dialect: str | None = None
    show_prompt: bool = False
    resume: str | None = None


def hunt(settings: Settings, order: Order) -> int:
    """Hunt and return the exit code: 0 done, 1 failed, 2 refused, 3 not proven.

    The last is that of a hunt that found nothing while not all was seen.

    Raises:
        KeyboardInterrupt: cancelled by Ctrl+C, or cut off by a hang-up or SIGTERM; it is recorded.
        SocError: the words of the command make no hunt.
    """
    begun = order.kql is not None or order.playbook is not None
    if order.resume is not None and (order.request or begun):
        raise SocError(
            "--resume goes on with a hunt; a request or query begins one.",
            "",
            "Leave out one of the two.",
        )
    if not order.request.strip() and not begun and order.resume is None:
        raise SocError(
            "Nothing to hunt for.",
            "No request or query was given.",
            'For example: soc-tui hunt "suspicious powershell in the last 7 days"',
        )
    kql = "" if order.kql is None else _read_kql(order.kql)
    try:
        return asyncio.run(Headless(settings, order).run(kql))
    except asyncio.CancelledError as error:
        raise KeyboardInterrupt from error


class Headless:
    """One hunt on one terminal, begun by a request or a query."""

    def __init__(self, settings: Settings, order: Order) -> None:
        self._settings = settings
        self._order = order
        self._terminal = Terminal()
        self._repair: Repair | None = None
        self._cancelled = Status.CANCELLED
        self._hunter: Hunter | None = None
        # Until the hunt has begun, what a failure is reported on; it has no id and no record.
        self._hunt = Hunt(
            id="",
            created=dt.datetime.now(dt.UTC),
            request=order.request,
            workspace=settings.workspace.kind,
            analyst=settings.analyst,
        )

    async def run(self, kql: str = "") -> int:
        """Hunt and return the exit code. Raises CancelledError when it is cancelled."""
        _cut_off_by_signals(self._cut_off)
        try:
            async with self._terminal.ticking():
                await self._run(kql)
        except SocError as error:
            self._terminal.tell(error_lines(error))
            refused = isinstance(error, RefusedError)
            if not self._hunt.status.ended:
                status = Status.REFUSED if refused else Status.FAILED
                self._hunt = replace(self._hunt, status=status, problem=str(error))
            return REFUSED if refused else FAILED
        except asyncio.CancelledError:
            if not self._hunt.status.ended:
                self._hunt = replace(self._hunt, status=self._cancelled)
            raise
        finally:
            await self._print_document()
        unproven = self._hunt.status in _NEGATIVE and not self._hunt.coverage.whole
        return UNPROVEN if unproven else DONE

    async def _run(self, kql: str) -> None:
        self._terminal.begin("opening")
        hunter = await open_hunter(
            self._settings, progress=self._terminal.progress, on_device_code=self._sign_in
        )
        self._hunter = hunter
        try:
            self._terminal.step(_opened(hunter))
            for news in hunter.news:
                self._terminal.step(news)
            if self._order.resume is not None:
                await self._resume(hunter, self._order.resume)
                return
            if cut_off := await hunter.keeper.cut_off(hunter.now()):
                self._offer(cut_off[0])
            if self._order.playbook:
                self._hunt = self._order.playbook.begun(
                    hunter.new_hunt("", self._order.playbook.kql)
                )
            elif kql:
                self._hunt = hunter.new_hunt(self._order.request, self._turned(kql, hunter))
            else:
                await self._follow("planning", hunter.plan(self._order.request))
                if self._hunt.status is Status.ANSWERED:
                    return
            await self._query(hunter)
            if self._hunt.status is not Status.NO_ROWS:
                await self._through_rows(hunter)
        finally:
            await hunter.aclose()

    def _cut_off(self) -> None:
        """The program is made to end."""
        self._cancelled = Status.INTERRUPTED
        if self._hunter is not None:
            self._hunter.cut_off()

    def _turned(self, kql: str, hunter: Hunter) -> str:
        """The query in the dialect that was asked for."""
        if self._order.dialect is None:
            return kql
        done = turned(kql, Dialect(self._order.dialect), hunter.catalog)
        self._terminal.step(done.note)
        return done.kql

    def _offer(self, hunt: Hunt) -> None:
        self._terminal.step(f"A hunt was cut off: {cut_off_text(hunt)}.")
        self._terminal.step(f"Go on with it: soc-tui hunt --resume {hunt.id}")

    async def _resume(self, hunter: Hunter, name: str) -> None:
        """Go on with a hunt that was cut off, from where it was."""
        self._hunt = hunt = await _unfinished(hunter, name)
        self._terminal.step(f"Going on: {cut_off_text(hunt)}.")
        if hunt.kql and hunt.rows is not None:
            await self._follow(_PRICING, hunter.go_on(hunt))
            if self._hunt.status not in _OUTCOMES:  # else there was nothing left
                await self._hunt_as_quoted(hunter)
            return
        if hunt.kql:
            await self._query(hunter, hunter.go_on(hunt))
        else:
            await self._follow("planning", hunter.go_on(hunt))
            if self._hunt.status is Status.ANSWERED:
                return
            await self._query(hunter)
        if self._hunt.id != hunt.id:  # it ran on other logs
            await hunter.keeper.leave(hunt.id)
        if self._hunt.status is not Status.NO_ROWS:
            await self._through_rows(hunter)

    async def _query(self, hunter: Hunter, step: AsyncIterator[events.Event] | None = None) -> None:
        """Run the query; one that the workspace rejects is repaired, and run again if accepted."""
        step = step or hunter.query(self._hunt, self._hunt.kql)
        while True:
            try:
                await self._follow("querying", step)
            except QueryError as error:
                repair = await self._suggested(hunter, error)
                if repair is None or not await self._is_accepted():
                    raise
                self._terminal.tell(error_lines(error))
                step = hunter.accept(self._hunt, repair)
            else:
                return

    async def _suggested(self, hunter: Hunter, error: QueryError) -> Repair | None:
        """A correction of the rejected query, shown; None when there is none."""
        if not hunter.repairs_left(self._hunt.kql):
            return None
        self._repair = None
        try:
            await self._follow("repairing", hunter.repair(self._hunt, self._hunt.kql, error))
        except SocError as failure:
            self._terminal.step(f"No repair: {failure}")
        return self._repair

    async def _is_accepted(self) -> bool:
        """Whether the user accepts the repaired query: by --yes, or on the terminal."""
        if self._order.yes:
            return True
        if not self._terminal.can_ask:
            self._terminal.step("Not run: add --yes to run a repaired query without a prompt.")
            return False
        return (await self._terminal.ask("Run the repaired query? [y/N] ")).casefold() in _YES

    async def _through_rows(self, hunter: Hunter) -> None:
        """Quote, ask, hunt."""
        await self._follow(_PRICING, hunter.quote(self._hunt))
        await self._hunt_as_quoted(hunter)

    async def _hunt_as_quoted(self, hunter: Hunter) -> None:
        if self._order.show_prompt:
            await self._show_prompts(hunter)
            return
        await self._accept_price(hunter)
        await self._follow("hunting", hunter.hunt(self._hunt))

    async def _show_prompts(self, hunter: Hunter) -> None:
        """Write what the hunt would send, word for word, and leave it at that."""
        prompts = await asyncio.to_thread(hunter.prompts, self._hunt)
        self._report([] if prompts else ["Nothing would be sent: no model is asked."])
        for number, prompt in enumerate(prompts, 1):
            self._report([f"--- call {number} of {len(prompts)} ---", *prompt.split("\n"), ""])
        await self._record(hunter, Status.CANCELLED, "Only what would be sent was shown.")

    async def _follow(self, doing: str, step: AsyncIterator[events.Event]) -> None:
        """Show the step's events; raise the error that ended it."""
        self._terminal.begin(doing)
        failure: SocError | None = None
        # mypy sees AsyncIterator; every step is a generator and has aclose.
        try:
            async with aclosing(step) as arriving:  # type: ignore[type-var]
                async for event in arriving:
                    self._hunt = event.hunt
                    if isinstance(event, events.StepFailed):
                        failure = event.error
                    else:
                        self._show(event)
        except asyncio.CancelledError:
            self._report_joined()
            raise
        self._terminal.end()
        if failure:
            self._report_joined()
            raise failure

    def _show(self, event: events.Event) -> None:
        hunt, width = event.hunt, self._terminal.width
        match event:
            case events.PlanRepaired():
                self._terminal.step("The guardrails refused the plan; the analyst is repairing it.")
                self._report(report.verdict_lines(event.verdict))
            case events.Answered():
                self._report(report.reply_lines(event.reply, width))
            case events.AskedBack():
                raise _needs_more(event.reply)
            case events.Planned():
                self._report(report.plan_lines(hunt, width))
                if hunt.plan and hunt.plan.not_applied:
                    self._terminal.tell((hunt.plan.not_applied_line,))
            case events.Judged():
                self._report(report.query_lines(hunt))
            case events.RepairSuggested():
                self._repair = event.repair
                self._report(report.repair_lines(event.repair, width))
            case events.RowsArrived():
                self._terminal.step(report.rows_text(hunt))
            case events.Quoted():
                self._report(report.quote_lines(event.quote, width))
            case events.Noticed():
                self._terminal.step(event.message)
            case events.ChunkDone() | events.FindingArrived() | events.FindingsMerged():
                self._show_hunting(event)
            case events.HuntEnded():
                self._report_joined()
                self._report(report.end_lines(hunt, width))

    def _show_hunting(
        self, event: events.ChunkDone | events.FindingArrived | events.FindingsMerged
    ) -> None:
        """Findings of several chunks can grow until the last is done, so their text comes last."""
        hunt = event.hunt
        if isinstance(event, events.ChunkDone):
            self._terminal.step(f"chunk {event.done} of {event.total} done")
        elif isinstance(event, events.FindingsMerged):
            self._terminal.step(f"also in another chunk: {report.finding_title(event.finding)}")
        elif self._order.as_json or _in_chunks(hunt):
            self._terminal.step(report.finding_title(event.finding))
        else:
            self._report(report.finding_lines(event.finding, self._terminal.width, hunt.rows))

    def _report_joined(self) -> None:
        if _in_chunks(self._hunt) and not self._order.as_json:
            for finding in self._hunt.findings:
                self._report(report.finding_lines(finding, self._terminal.width, self._hunt.rows))

    def _report(self, lines: Iterable[str]) -> None:
        """What is part of the result; with --json that is printed at the end, so tell it only."""
        if self._order.as_json:
            self._terminal.tell(lines)
        else:
            self._terminal.write(lines)

    async def _accept_price(self, hunter: Hunter) -> None:
        """Return when the price is accepted; else record that it was not, and raise."""
        quote = self._hunt.quote
        if quote is None or quote.free or self._order.yes:
            return
        price = price_text(quote.price) if quote.price is not None else "a price that is unknown"
        if not self._terminal.can_ask:
            error = RefusedError(
                f"The hunt was not started: it costs {price}, and no one could accept the price.",
                "Standard input or standard error is not a terminal.",
                "Add --yes to accept the price in advance, or --offline for the free analyst.",
            )
            await self._record(hunter, Status.REFUSED, str(error))
            raise error
        try:
            answer = await self._terminal.ask(f"Hunt for {price} with {quote.model}? [y/N] ")
        except asyncio.CancelledError:
            await asyncio.shield(self._record(hunter, Status.CANCELLED, ""))
            raise
        if answer.casefold() not in _YES:
            error = RefusedError("The price was declined; the hunt was not started.")
            await self._record(hunter, Status.CANCELLED, str(error))
            raise error

    async def _record(self, hunter: Hunter, status: Status, problem: str) -> None:
        offered = self._hunt.status is Status.INTERRUPTED
        self._hunt = replace(self._hunt, status=status, problem=problem)
        if hunter.history is None or offered:  # it may be gone on with another time
            return
        try:
            await asyncio.to_thread(hunter.history.save, self._hunt)
        except HistoryError as error:
            self._terminal.tell(error_lines(error))

    async def _print_document(self) -> None:
        if self._order.as_json:
            self._terminal.write_json(await asyncio.to_thread(self._document))

    def _document(self) -> str:
        from soc_tui.commands.rows_json import hunt_json

        return hunt_json(self._hunt)

    def _sign_in(self, code: str, address: str) -> None:
        self._terminal.step(f"Sign in: open {address} and enter code {code}")


def _in_chunks(hunt: Hunt) -> bool:
    return hunt.quote is not None and hunt.quote.chunks > 1


def _needs_more(question: Reply) -> SocError:
    """One command is one request, so a question back ends it: exit code 1."""
    likely = f" For example: {'; '.join(question.choices)}." if question.choices else ""
    return SocError(
        "The request is ambiguous.",
        f"{question.text}{likely}",
        "Ask again with the answer in the request.",
    )


async def _unfinished(hunter: Hunter, name: str) -> Hunt:
    """The hunt that is to be gone on with. Raises SocError."""
    from soc_tui.commands.history import whole_id

    if name:
        hunt_id = await asyncio.to_thread(whole_id, name)
    else:
        found = await hunter.keeper.cut_off(hunter.now())
        if not found:
            raise SocError("No hunt was cut off in the last days.", "", "See: soc-tui history list")
        hunt_id = found[0].id
    hunt = (await hunter.keeper.reopen(hunt_id)).hunt
    if hunt.status in _OUTCOMES or hunt.status.running:
        going_on = "is running" if hunt.status.running else "came to its end"
        raise SocError(f"Hunt {hunt_id} {going_on}.", f"Its status: {hunt.status.value}.")
    return hunt


def _opened(hunter: Hunter) -> str:
    analyst = hunter.analyst
    thinking = (
        "OFFLINE analyst: Sigma rules, no model, nothing leaves this machine"
        if analyst.offline
        else f"model: {analyst.name}"
    )
    return f"Workspace: {hunter.workspace.name}; {thinking}"


def _read_kql(name: str) -> str:
    """The query in a file or on standard input. Raises SocError."""
    if name != "-":
        return read_query(Path(name))
    return decoded_query(sys.stdin.buffer.read(LONGEST_BYTES + 1), "standard input")


def _cut_off_by_signals(told: Callable[[], None]) -> None:
    """A closed SSH session or a `kill` ends the hunt as Ctrl+C does, but it may be gone on with.

    Args:
        told: Called before.
    """
    task = asyncio.current_task()
    loop = asyncio.get_running_loop()

    def end() -> None:
        told()
        if task is not None:
            task.cancel()

    for name in ("SIGTERM", "SIGHUP"):
        # Windows has no SIGHUP and its loop no handlers; only a main thread may set them.
        with contextlib.suppress(AttributeError, NotImplementedError, RuntimeError, ValueError):
            loop.add_signal_handler(getattr(signal, name), end)
