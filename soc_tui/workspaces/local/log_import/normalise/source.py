"""Sources: what each TOML file in `sources/` says of one kind of log.

A user's own stand in the folder `log_sources` beside config.toml; one of the same file name takes
the place of ours. A file says:

    name = "Sysmon"                      # as shown
    reads = "windows event"              # or "record": what comes in, see `recognised`
    where = { Channel = "Microsoft-Windows-Sysmon/Operational" }   # events it is about
    has = ["Date (UTC)", "Request ID"]   # or: fields that all its records have
    json = ["AuditData"]                 # fields that hold JSON as text, which is read first

    [columns]                            # of every row
    TimeGenerated = ["UtcTime", "TimeCreated"]

    [[event]]                            # one row for each of these that an event fits
    where = { EventID = [1] }
    table = "DeviceProcessEvents"
    [event.columns]
    FileName = "Image | file_name"       # see expressions.py

`otherwise = true` in an event: only what fits no other. `copy = true`: fields that no column names
go into columns of their own names.
"""

from __future__ import annotations

import contextlib
import functools
import json
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from soc_tui.model.errors import ConfigError
from soc_tui.workspaces.local.log_import.normalise.expressions import (
    Event,
    Get,
    compiled,
    has_value,
    test_of,
)

_BUILT_IN = Path(__file__).with_name("sources")
_KEYS = {"name", "reads", "where", "has", "json", "columns", "event", "maps", "priority"}
_EVENT_ID = "EventID"
_EVENT_KEYS = {"where", "table", "columns", "otherwise", "copy"}
Test = Callable[[Event], bool]


@dataclass(frozen=True, slots=True)
class _Output:
    table: str
    fits: Test
    columns: Mapping[str, Get]
    otherwise: bool
    copies: bool
    taken: frozenset[str]


@dataclass(frozen=True, slots=True)
class LogSource:
    """One kind of log.

    Attributes:
        reads: What comes in: "windows event", "record", or the name of a reader ("zeek" ...).
        priority: The higher is asked first.
    """

    name: str
    reads: str
    fits: Test
    outputs: tuple[_Output, ...]
    by_event_id: Mapping[str, tuple[_Output, ...]]
    json_fields: tuple[str, ...] = ()
    priority: int = 0

    def rows(self, event: Event) -> Iterator[tuple[str, dict[str, Any]]]:
        """Table and row of each output that the event fits."""
        found = False
        for name in self.json_fields:
            if isinstance(text := event.get(name), str) and text[:1] in ("{", "["):
                with contextlib.suppress(ValueError, RecursionError):
                    event = {**event, name: json.loads(text)}
        outputs = self.by_event_id.get(str(event.get(_EVENT_ID)), self.by_event_id[""])
        for output in outputs:
            if (output.otherwise and found) or not output.fits(event):
                continue
            found = True
            row = {
                name: value
                for name, get in output.columns.items()
                if has_value(value := get(event))
            }
            if output.copies:
                for key, value in event.items():
                    if has_value(value) and key.casefold() not in output.taken:
                        row[key] = value
            yield output.table, row


@dataclass(frozen=True, slots=True)
class SourceLibrary:
    """All sources, by what they read."""

    sources: Mapping[str, tuple[LogSource, ...]]

    def of(self, event: Event, reads: str) -> LogSource | None:
        """The source of an event."""
        return next((one for one in self.sources.get(reads, ()) if one.fits(event)), None)


def load_sources(users: Path | None = None) -> SourceLibrary:
    """The built-in sources, and the user's.

    Raises:
        ConfigError: a file of theirs cannot be used; the text names it.
    """
    own = sorted(users.glob("*.toml")) if users is not None and users.is_dir() else []
    found = {**_built_in(), **{file.name: _source(file) for file in own}}
    sources = list(found.values())
    sources.sort(key=lambda one: -one.priority)
    kinds = dict.fromkeys(one.reads for one in sources)
    return SourceLibrary(
        {reads: tuple(one for one in sources if one.reads == reads) for reads in kinds}
    )


@functools.cache
def _built_in() -> Mapping[str, LogSource]:
    return {file.name: _source(file) for file in sorted(_BUILT_IN.glob("*.toml"))}


def _source(file: Path) -> LogSource:
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
        return source_of(content)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, ValueError, KeyError) as error:
        raise ConfigError(
            f"The log source {file} cannot be used: {error}.", "", "Fix the file, or remove it."
        ) from error


def _by_event_id(
    outputs: Sequence[_Output], ids: Sequence[frozenset[str] | None]
) -> dict[str, tuple[_Output, ...]]:
    """The outputs that an event with a number may fit; under "" those for any number."""
    pairs = list(zip(outputs, ids, strict=True))
    found = {"": tuple(one for one, numbers in pairs if numbers is None)}
    for number in frozenset[str]().union(*(numbers for numbers in ids if numbers)):
        found[number] = tuple(one for one, of in pairs if of is None or number in of)
    return found


def source_of(content: Mapping[str, Any]) -> LogSource:
    """The source that a TOML file describes. Raises ValueError."""
    if odd := sorted(content.keys() - _KEYS):
        raise ValueError(f"unknown key {odd[0]!r}")
    maps = content.get("maps", {})
    shared = content.get("columns", {})
    outputs = []
    ids: list[frozenset[str] | None] = []
    for event in content.get("event", []):
        if odd := sorted(event.keys() - _EVENT_KEYS):
            raise ValueError(f"unknown key {odd[0]!r} in an event")
        if not re.fullmatch(r"[A-Za-z_]\w*", event.get("table", ""), re.ASCII):
            raise ValueError("an event names no table")
        columns = {**shared, **event.get("columns", {})}
        wanted = event.get("where", {}).get(_EVENT_ID)
        ids.append(frozenset(map(str, wanted)) if isinstance(wanted, list) else None)
        outputs.append(
            _Output(
                event["table"],
                test_of(event.get("where", {})),
                {name: compiled(written, maps) for name, written in columns.items() if written},
                bool(event.get("otherwise")),
                bool(event.get("copy")),
                frozenset(name.casefold() for name in columns),
            )
        )
    if not outputs:
        raise ValueError("it has no [[event]]")
    has: Sequence[str] = content.get("has", ())
    fits = test_of(content.get("where", {}))
    if has:
        about = fits
        needed = frozenset(has)
        fits = lambda event: needed <= event.keys() and about(event)  # noqa: E731
    return LogSource(
        str(content["name"]),
        str(content.get("reads", "record")),
        fits,
        tuple(outputs),
        _by_event_id(outputs, ids),
        tuple(content.get("json", ())),
        int(content.get("priority", 0)),
    )
