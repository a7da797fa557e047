"""`soc-tui investigate` and `soc-tui case`: a case without a screen, from the runner's events."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Iterator
from contextlib import aclosing
from dataclasses import dataclass, replace
from decimal import Decimal

from soc_tui.commands.terminal import Terminal
from soc_tui.config.paths import data_dir
from soc_tui.config.settings import Settings
from soc_tui.history.codec import encode
from soc_tui.history.store import History
from soc_tui.hunting.hunter import Hunter
from soc_tui.investigating.case_events import (
    ApprovalWanted,
    CaseEvent,
    CaseNotKept,
    StepEnded,
    StepsProposed,
)
from soc_tui.investigating.entities import cited_entities, window_of
from soc_tui.investigating.investigator import OfflineInvestigator
from soc_tui.investigating.run_case import CaseRunner
from soc_tui.model.case import (
    Case,
    CaseLimits,
    CaseState,
    Claim,
    Entity,
    EntityKind,
    Lead,
    LeadKind,
    StepState,
    new_case_id,
)
from soc_tui.model.errors import HistoryError, SocError
from soc_tui.model.grounded import UNVERIFIED, VERIFIED
from soc_tui.model.inert import inert
from soc_tui.model.quote import price_text
from soc_tui.model.rows import row_index
from soc_tui.model.wording import number_of
from soc_tui.opening.open_hunter import open_hunter

DONE, FAILED, UNPROVEN = 0, 1, 3
_LEAD = 100


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be investigated, and how to say it.

    Attributes:
        request: In words; empty when another lead is given.
        finding: `HUNT/F`; or empty.
        entity: `kind=value`; or empty.
        usd, steps, minutes: The budget; None for its defaults.
        events: Each event as a JSON line on standard error.
        yes: Go on within the budget without asking.
    """

    request: str = ""
    finding: str = ""
    entity: str = ""
    usd: Decimal | None = None
    steps: int | None = None
    minutes: float | None = None
    as_json: bool = False
    events: bool = False
    yes: bool = False


def investigate(settings: Settings, order: Order) -> int:
    """Investigate; the exit code: 0 done, 1 failed, 3 nothing found while not all was seen."""
    if sum(map(bool, (order.request.strip(), order.finding, order.entity))) != 1:
        raise SocError(
            "A case needs one lead.",
            "Give a request, --finding or --entity, and only one of them.",
            "For example: soc-tui investigate --entity host=win-07",
        )
    return asyncio.run(_run(settings, order, ""))


def resume(settings: Settings, case_id: str, order: Order) -> int:
    """Go on with a case that was paused or interrupted; exit codes as of `investigate`."""
    return asyncio.run(_run(settings, order, case_id))


def list_cases() -> None:
    """Print the newest cases. Raises HistoryError."""
    with _opened() as history:
        cases = history.cases.summaries()
    lines = [
        f"{case.id}  {case.state.value:11}  {case.spent.steps:3} steps  "
        f"{len(case.findings):3} findings  {inert(case.title, 60)}"
        for case in cases
    ]
    Terminal().write(lines or ["No cases recorded yet."])


def show_case(name: str, *, as_json: bool) -> None:
    """Print one case: its story, its steps, what was not looked at. Raises HistoryError."""
    with _opened() as history:
        case = history.cases.load(whole_case_id(history, name))
    _print(case, as_json=as_json)


def whole_case_id(history: History, name: str) -> str:
    """The id that `name` means: an id, the beginning of just one, or "last". HistoryError."""
    found = history.cases.ids("" if name == "last" else name, 1 if name == "last" else 2)
    if len(found) != 1:
        raise HistoryError(
            f"No single case begins with {inert(name, 60)}.", "", "See: soc-tui case list"
        )
    return found[0]


async def _run(settings: Settings, order: Order, case_id: str) -> int:
    terminal = Terminal()
    hunter = await open_hunter(settings, progress=terminal.progress)
    try:
        if case_id:
            with _opened() as history:
                case = history.cases.load(whole_case_id(history, case_id))
        else:
            case = await _begun(hunter, order)
        case = replace(case, approved=order.yes, limits=_limits(order, case.limits))
        keeper = hunter.history.cases if hunter.history else None
        runner = CaseRunner(case, hunter, OfflineInvestigator(), keeper)
        event: CaseEvent | None = None
        while True:
            async with aclosing(runner.run()) as events:  # type: ignore[type-var]
                async for event in events:
                    _tell(terminal, event, order)
            if not isinstance(event, ApprovalWanted) or not await _asked(terminal, runner):
                break
        _print(runner.case, as_json=order.as_json)
        return _exit_code(runner.case)
    finally:
        await hunter.aclose()


def _exit_code(case: Case) -> int:
    if case.state is not CaseState.DONE:
        return FAILED
    ran = [step for step in case.steps if step.state is StepState.DONE]
    if not ran:
        return FAILED
    return DONE if case.findings else UNPROVEN


async def _asked(terminal: Terminal, runner: CaseRunner) -> bool:
    """Let the user decide about the proposed steps; False when there is nobody to ask."""
    for step in runner.case.steps:
        if step.state is not StepState.PROPOSED:
            continue
        if not terminal.can_ask:
            terminal.step("Not run: add --yes to go on within the budget without a prompt.")
            return False
        terminal.write([f"{step.id} {step.question} [{step.why}]", step.kql])
        answer = (await terminal.ask("Run it? [y]es, [s]kip, [a]ll, [q]uit ")).casefold()[:1]
        if answer == "a":
            await runner.approve_all()
            return True
        if answer not in {"y", "s"}:
            return False
        await (runner.approve(step.id) if answer == "y" else runner.skip(step.id))
    return True


def _limits(order: Order, limits: CaseLimits) -> CaseLimits:
    return CaseLimits(
        steps=limits.steps if order.steps is None else order.steps,
        rows=limits.rows,
        usd=limits.usd if order.usd is None else order.usd,
        minutes=limits.minutes if order.minutes is None else order.minutes,
    )


async def _begun(hunter: Hunter, order: Order) -> Case:
    lead = await _lead(hunter, order)
    now = hunter.now()
    return Case(new_case_id(now), now, lead.text, lead, hunter.workspace.name, hunter.analyst.name)


async def _lead(hunter: Hunter, order: Order) -> Lead:
    if order.request:
        return Lead(LeadKind.REQUEST, order.request)
    if order.entity:
        kind, _, value = order.entity.partition("=")
        if kind not in set(EntityKind) or not value.strip():
            raise SocError(
                f"No entity: {inert(order.entity, 80)}.",
                f"It is written KIND=VALUE, KIND one of {', '.join(EntityKind)}.",
                "For example: --entity host=win-07",
            )
        one = Entity(EntityKind(kind), value.strip(), "lead", _LEAD)
        return Lead(LeadKind.ENTITY, order.entity, (one,))
    return await _of_finding(hunter, order.finding)


async def _of_finding(hunter: Hunter, name: str) -> Lead:
    from soc_tui.commands.history import whole_id

    hunt_id, _, number = name.partition("/")
    hunt = (await hunter.keeper.reopen(await asyncio.to_thread(whole_id, hunt_id))).hunt
    found = [
        finding
        for place, finding in enumerate(hunt.findings, 1)
        if number in {finding.id, str(place)}
    ]
    if len(found) != 1 or hunt.rows is None:
        raise SocError(
            f"No finding {inert(name, 80)} with rows.",
            "Its hunt has no such finding, or its rows were not kept.",
            "See: soc-tui history show",
        )
    finding, rows = found[0], hunt.rows
    entities = cited_entities(finding, rows, "lead", "")
    kept = [row_index(one.row_id, rows.count) for one in finding.evidence]
    window = window_of(rows, (index for index in kept if index is not None))
    first, last = window or (None, None)
    heavy = tuple(replace(one, weight=_LEAD, origin="lead") for one in entities)
    return Lead(LeadKind.FINDING, finding.title, heavy, first, last, hunt.id, finding.id)


def _tell(terminal: Terminal, event: CaseEvent, order: Order) -> None:
    if order.events:
        told = {"event": type(event).__name__, "case": event.case.id}
        step_id = getattr(event, "step_id", "")
        inner = getattr(event, "event", None)
        told |= {"step": step_id} if step_id else {}
        told |= {"hunt_event": type(inner).__name__} if inner is not None else {}
        terminal.tell([json.dumps(told)])
        return
    match event:
        case StepsProposed():
            for step_id in event.step_ids:
                terminal.step(f"proposed {step_id}: {event.case.step(step_id).question}")
        case StepEnded():
            step = event.case.step(event.step_id)
            terminal.step(
                f"{step.id} {step.state.value}: {step.question} "
                f"{number_of(step.rows or 0, 'row')}, {number_of(len(step.findings), 'finding')}"
                f"{' ' + step.problem if step.problem else ''} ({event.case.left})"
            )
        case CaseNotKept():
            terminal.step(f"The case is not recorded. {event.message}")
        case _:
            pass


def _print(case: Case, *, as_json: bool) -> None:
    terminal = Terminal()
    if as_json:
        story = encode(case.story)
        terminal.write_json(json.dumps({**encode(case), "story": story}, indent=2))
    else:
        terminal.write(case_lines(case))


def case_lines(case: Case) -> Iterator[str]:
    """A case in words. Everything from logs is made inert."""
    yield f"{case.id}: {inert(case.title, 200)} ({case.state.value})"
    spent = case.spent
    yield (
        f"{spent.steps} steps, {spent.rows:,} rows, {price_text(spent.usd)}, "
        f"{spent.seconds:.0f} s. {case.ended}"
    )
    yield from _section("What happened", (_claim_line(one) for one in case.story))
    steps = (
        f"{step.id} {step.state.value:8} {step.question} [{step.why}] "
        f"{'-' if step.rows is None else step.rows} rows, {len(step.findings)} findings"
        for step in case.steps
    )
    yield from _section("Steps", steps)
    yield from _section("What was not looked at", case.not_looked_at)
    yield from _section("Open questions", case.questions)


def _claim_line(claim: Claim) -> str:
    when = f"{claim.first:%Y-%m-%d %H:%M} UTC" if claim.first else "time unknown"
    mark = VERIFIED if claim.holds else UNVERIFIED
    ids = f" {', '.join(claim.techniques)}" if claim.techniques else ""
    return f"{when}  {claim.text} {mark}{ids}, {number_of(len(claim.rows), 'row')}"


def _section(title: str, lines: Iterator[str] | tuple[str, ...]) -> Iterator[str]:
    told = list(lines)
    if told:
        yield ""
        yield title
        yield from (f"  {inert(line, 400)}" for line in told)


@contextlib.contextmanager
def _opened() -> Iterator[History]:
    with contextlib.closing(History(data_dir() / "history.sqlite3")) as history:
        yield history
