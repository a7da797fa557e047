"""`soc-tui replay`: shows a hunt from its bundle offline, or hunts through its rows again."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from soc_tui.commands import report
from soc_tui.commands.hunt import DONE, Headless, Order
from soc_tui.commands.rows_json import hunt_document
from soc_tui.commands.terminal import Terminal, paragraph
from soc_tui.config.settings import Settings
from soc_tui.config.signing_key import public_key
from soc_tui.history.bundle_file import Bundle
from soc_tui.history.bundle_signature import Origin
from soc_tui.history.reports.markdown_and_json import document, json_text
from soc_tui.hunting import replay as replaying
from soc_tui.model.exchange import Exchange
from soc_tui.model.inert import inert
from soc_tui.opening.open_hunter import open_replayer
from soc_tui.opening.open_rules import rule_findings
from soc_tui.review.compare_runs import compare, differences


@dataclass(frozen=True, slots=True)
class Replay:
    """What to do with a bundle.

    Attributes:
        again: Hunt through its rows once more, with the analyst of the settings, and compare.
        messages: Print every message to and from the model too.
        as_json: One JSON document on standard output, and nothing else there.
        yes: The price of hunting again is accepted beforehand.
    """

    bundle: Path
    again: bool = False
    messages: bool = False
    as_json: bool = False
    yes: bool = False


def replay(settings: Settings, wanted: Replay) -> int:
    """Show a hunt again, or do it again; the exit code is that of a hunt.

    Raises:
        HistoryError: the bundle cannot be read, or holds no rows to hunt through.
        KeyboardInterrupt: cancelled.
    """
    own_key = public_key()
    bundle = replaying.open_bundle(wanted.bundle, own_key, rule_findings)
    made = replaying.origin(bundle, own_key)
    terminal = Terminal()
    if not wanted.as_json:
        terminal.write(_lines(bundle, made, wanted, terminal.width))
    if wanted.again:
        try:
            return asyncio.run(_Again(settings, wanted, bundle, made).run())
        except asyncio.CancelledError as error:
            raise KeyboardInterrupt from error
    if wanted.as_json:
        terminal.write_json(json_text(_document(bundle, made)))
    return DONE


class _Again(Headless):
    """The same rows, the analyst of now."""

    def __init__(self, settings: Settings, wanted: Replay, bundle: Bundle, made: Origin) -> None:
        request = bundle.hunt.request
        super().__init__(settings, Order(request, as_json=wanted.as_json, yes=wanted.yes))
        self._bundle, self._made = bundle, made

    async def _run(self, kql: str) -> None:
        self._terminal.begin("opening")
        workspace = replaying.BundleWorkspace(self._bundle.hunt.workspace)
        hunter = await open_replayer(self._settings, workspace)
        try:
            self._hunt = replaying.again(hunter, self._bundle)
            self._terminal.step(
                f"Hunting again with {hunter.analyst.name}; the query is not rerun."
            )
            await self._through_rows(hunter)
        finally:
            await hunter.aclose()
        self._report(self._compared())

    def _document(self) -> str:
        data = _document(self._bundle, self._made)
        found = compare(self._bundle.hunt.findings, self._hunt.findings)
        data["again"] = hunt_document(self._hunt)
        data["comparison"] = {
            "same": [
                {"earlier": old.id, "later": new.id, "changed": differences(old, new)}
                for old, new in found.same
            ],
            "gone": [finding.id for finding in found.gone],
            "new": [finding.id for finding in found.new],
        }
        return json_text(data)

    def _compared(self) -> Iterator[str]:
        found = compare(self._bundle.hunt.findings, self._hunt.findings)
        yield ""
        yield f"Compared with hunt {self._bundle.hunt.id} ({self._bundle.hunt.analyst}):"
        yield f"  {len(found.same)} same, {len(found.gone)} gone, {len(found.new)} new"
        for old, new in found.same:
            changed = "; ".join(differences(old, new))
            yield f"  same  {report.finding_title(new)}" + (f": {changed}" if changed else "")
        yield from (f"  gone  {report.finding_title(finding)}" for finding in found.gone)
        yield from (f"  new   {report.finding_title(finding)}" for finding in found.new)


def _made(bundle: Bundle, made: Origin) -> str:
    """Who made the bundle, and what that proves."""
    key = bundle.seal.fingerprint if bundle.seal else ""
    match made:
        case Origin.HERE:
            return f"Made here: signed with this installation's key {key}."
        case Origin.ELSEWHERE:
            return (
                f"Made by the key {key}, which is not this installation's: compare it with its "
                "owner's. All but the check of the findings is what the file says."
            )
        case Origin.UNSIGNED:
            return (
                "Unsigned: anybody may have made or changed it. All but the check of the findings "
                "is what the file says."
            )
        case Origin.CHANGED:
            return (
                "WARN: changed since it was signed, or signed wrongly. All but the check of the "
                "findings is what the file says."
            )


def _lines(bundle: Bundle, made: Origin, wanted: Replay, width: int) -> Iterator[str]:
    hunt = bundle.hunt
    yield f"Replay of hunt {hunt.id}, made by soc-tui {bundle.program or 'of unknown version'}"
    yield from paragraph(_made(bundle, made), width)
    yield "Nothing was sent; each finding was just checked against the bundle's rows."
    if bundle.left_out:
        yield f"WARN: the rows are not in the bundle: {bundle.left_out}"
    if hunt.versions:
        yield from paragraph(f"Versions: {'; '.join(hunt.versions)}", width)
    # Without its id, since this hunt need not be in the history of this machine.
    yield from report.hunt_lines(replace(hunt, id=""), width)
    yield ""
    sent = sum(len(exchange.request) for exchange in bundle.exchanges)
    yield f"Messages: {len(bundle.exchanges)} requests to a model, {sent:,} characters of JSON"
    if wanted.messages:
        for number, exchange in enumerate(bundle.exchanges, 1):
            yield from _message_lines(number, exchange)


def _message_lines(number: int, exchange: Exchange) -> Iterator[str]:
    request, answer = _parsed(exchange.request), _parsed(exchange.answer)
    yield ""
    yield f"Request {number}, {exchange.at:%Y-%m-%d %H:%M:%S} UTC, {exchange.seconds:.1f} s"
    for name, value in request.items() if isinstance(request, dict) else [("body", request)]:
        if name != "messages":
            yield f"  {name}: {_text(value)}"
            continue
        for message in value:
            yield from _said(message)
    if isinstance(answer, dict) and "message" in answer:
        yield from _said(answer["message"])
        yield f"  finish_reason: {_text(answer.get('finish_reason'))}"
        yield f"  usage: {_text(answer.get('usage'))}"
    elif answer is not None:
        yield f"  answer: {_text(answer)}"
    if exchange.problem:
        yield f"  problem: {exchange.problem}"


def _said(message: Any) -> Iterator[str]:
    if not isinstance(message, dict):
        yield f"  message: {_text(message)}"
        return
    yield f"  {_text(message.get('role'))}:"
    for name, value in message.items():
        if name == "role":
            continue
        for line in (value if isinstance(value, str) else _text(value)).split("\n"):
            yield f"    {line}"


def _document(bundle: Bundle, made: Origin) -> dict[str, Any]:
    data = hunt_document(bundle.hunt) if bundle.hunt.rows else document(bundle.hunt)
    messages = [
        {
            "at": exchange.at.isoformat(),
            "seconds": exchange.seconds,
            "request": _parsed(exchange.request),
            "answer": _parsed(exchange.answer),
            "problem": exchange.problem,
        }
        for exchange in bundle.exchanges
    ]
    return {
        "program": bundle.program,
        "origin": made.value,
        "signed_with": bundle.seal.fingerprint if bundle.seal else "",
        "left_out": bundle.left_out,
        "hunt": data,
        "messages": messages,
    }


def _parsed(text: str) -> Any:
    """The JSON of a message; the text itself where a stranger wrote none."""
    try:
        return json.loads(text) if text else None
    except (ValueError, RecursionError):
        return text


def _text(value: object) -> str:
    return inert(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
