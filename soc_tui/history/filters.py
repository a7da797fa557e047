"""The history's typed filter: `state:new host:win-07 after:2026-11-20 ssh`.

Words without a name are looked for in requests, queries and findings. What is known by a name and
is not finished yet (`state:`, `severity:hi`) is no fault while typing.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from soc_tui.model.finding import Severity, TriageState
from soc_tui.model.hunt import Status
from soc_tui.model.typed_filter import named, not_named, pieces

_AGO = re.compile(r"(\d{1,4})d")


@dataclass(frozen=True, slots=True)
class HistoryFilter:
    """Which hunts are wanted; all that is set must hold.

    `states`, `severities` and `techniques` must hold of one and the same finding.

    Attributes:
        words: Each must stand, whole or as a beginning, in request, KQL or findings.
        states, severities, statuses: Any of these.
        techniques: Any of these, sub-techniques included ("T1059").
        hosts: Any of these, whole or as a beginning, lower case.
        workspaces, playbooks: Any of these, whole or as a beginning, lower case.
        after, before: Created at or after, and earlier than, this time, UTC.
        problems: What was typed and not understood, in words.
        unnamed: What was typed as a name that nothing goes by, and is taken as words.
    """

    words: tuple[str, ...] = ()
    states: tuple[TriageState, ...] = ()
    severities: tuple[Severity, ...] = ()
    statuses: tuple[Status, ...] = ()
    techniques: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    workspaces: tuple[str, ...] = ()
    playbooks: tuple[str, ...] = ()
    after: dt.datetime | None = None
    before: dt.datetime | None = None
    problems: tuple[str, ...] = ()
    unnamed: tuple[str, ...] = field(default=(), compare=False)

    @property
    def about_findings(self) -> bool:
        """True when a finding must have something."""
        return bool(self.states or self.severities or self.techniques)


def parse_filter(text: str, now: dt.datetime) -> HistoryFilter:
    """What `text` asks for. Pure; no text is an error.

    Args:
        now: For `after:7d` (seven days before), UTC.
    """
    wanted = HistoryFilter(unnamed=not_named(text, NAMES))
    for piece in pieces(text):
        if piece.name in _READERS:
            wanted = _READERS[piece.name](wanted, piece.value, now) if piece.value else wanted
        elif piece.whole:
            wanted = replace(wanted, words=(*wanted.words, piece.whole))
    return wanted


def _state(wanted: HistoryFilter, value: str, _: dt.datetime) -> HistoryFilter:
    found, problem = named(value, TriageState, "state")
    return replace(wanted, states=(*wanted.states, *found), problems=(*wanted.problems, *problem))


def _severity(wanted: HistoryFilter, value: str, _: dt.datetime) -> HistoryFilter:
    found, problem = named(value, Severity, "severity")
    return replace(
        wanted, severities=(*wanted.severities, *found), problems=(*wanted.problems, *problem)
    )


def _status(wanted: HistoryFilter, value: str, _: dt.datetime) -> HistoryFilter:
    found, problem = named(value, Status, "status")
    return replace(
        wanted, statuses=(*wanted.statuses, *found), problems=(*wanted.problems, *problem)
    )


def _technique(wanted: HistoryFilter, value: str, _: dt.datetime) -> HistoryFilter:
    return replace(wanted, techniques=(*wanted.techniques, value.upper()))


def _host(wanted: HistoryFilter, value: str, _: dt.datetime) -> HistoryFilter:
    return replace(wanted, hosts=(*wanted.hosts, value.lower()))


def _workspace(wanted: HistoryFilter, value: str, _: dt.datetime) -> HistoryFilter:
    return replace(wanted, workspaces=(*wanted.workspaces, value.lower()))


def _playbook(wanted: HistoryFilter, value: str, _: dt.datetime) -> HistoryFilter:
    return replace(wanted, playbooks=(*wanted.playbooks, value.lower()))


def _after(wanted: HistoryFilter, value: str, now: dt.datetime) -> HistoryFilter:
    moment = _moment(value, now)
    return _dated(wanted, value) if moment is None else replace(wanted, after=moment)


def _before(wanted: HistoryFilter, value: str, now: dt.datetime) -> HistoryFilter:
    moment = _moment(value, now)
    return _dated(wanted, value) if moment is None else replace(wanted, before=moment)


def _on(wanted: HistoryFilter, value: str, now: dt.datetime) -> HistoryFilter:
    moment = _moment(value, now)
    if moment is None or moment.year >= dt.MAXYEAR:
        return _dated(wanted, value)
    day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return replace(wanted, after=day, before=day + dt.timedelta(days=1))


def _dated(wanted: HistoryFilter, value: str) -> HistoryFilter:
    problem = f"{value[:20]} is not a date: use 2026-11-24, or 7d for a week ago."
    return replace(wanted, problems=(*wanted.problems, problem))


_Reader = Callable[[HistoryFilter, str, dt.datetime], HistoryFilter]
_READERS: Mapping[str, _Reader] = {
    "state": _state,
    "severity": _severity,
    "status": _status,
    "technique": _technique,
    "host": _host,
    "workspace": _workspace,
    "playbook": _playbook,
    "after": _after,
    "before": _before,
    "on": _on,
}
NAMES = tuple(_READERS)
"""Names that a filter may have."""


def _moment(value: str, now: dt.datetime) -> dt.datetime | None:
    if ago := _AGO.fullmatch(value):
        return now - dt.timedelta(days=int(ago[1]))
    try:
        moment = dt.datetime.fromisoformat(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        return moment.replace(tzinfo=dt.UTC)
    try:
        return moment.astimezone(dt.UTC)
    except OverflowError:
        return None
