"""Lines of syslog: RFC 5424, RFC 3164 and rsyslog's with ISO times; CEF and LEEF, in them or bare.

Sources: https://www.rfc-editor.org/rfc/rfc5424, https://www.rfc-editor.org/rfc/rfc3164,
CEF: ArcSight Common Event Format, version 0.1, LEEF: IBM QRadar, LEEF 1.0 and 2.0.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from soc_tui.workspaces.local.log_import.formats.event_xml import event_of_text
from soc_tui.workspaces.local.log_import.normalise.expressions import Event

_5424 = re.compile(
    r"<(?P<pri>\d{1,3})>1 (?P<time>\S+) (?P<host>\S+) (?P<app>\S+) (?P<pid>\S+) (?P<id>\S+) "
    r"(?P<data>-|(?:\[(?:[^\]\\\"]|\\.|\"(?:[^\"\\]|\\.)*\")*\])+)(?: \ufeff?(?P<message>.*))?",
    re.DOTALL,
)
_3164 = re.compile(
    r"(?:<(?P<pri>\d{1,3})>)?(?P<time>[A-Z][a-z]{2} [ \d]\d (?:\d{4} )?\d\d:\d\d:\d\d(?:\.\d+)?) "
    r"(?P<host>[^\s:]+(?::[0-9a-fA-F:]+)?):? (?P<rest>.*)",
    re.DOTALL,
)
_ISO = re.compile(
    r"(?:<(?P<pri>\d{1,3})>)?(?P<time>\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d\S*) "
    r"(?P<host>\S+) (?P<rest>.*)",
    re.DOTALL,
)
_BARE = re.compile(r"<(?P<pri>\d{1,3})>(?P<rest>.*)", re.DOTALL)
_TAG = re.compile(r"(?P<app>[\w./()@-]+?)(?:\[(?P<pid>\d+)\])?:\s?(?P<message>.*)", re.DOTALL)
_FACILITIES = (
    "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv",
    "ftp", "ntp", "security", "console", "solaris-cron", "local0", "local1", "local2", "local3",
    "local4", "local5", "local6", "local7",
)  # fmt: skip
_SEVERITIES = ("emerg", "alert", "crit", "err", "warning", "notice", "info", "debug")


def read_events(text: Path, original: Path, notes: list[str]) -> Iterator[tuple[str, Event]]:
    """The events of a file. Lines that do not begin one belong to the one before.

    Times without a year are put into the last year in which no line is later than the file.
    """
    latest = dt.datetime.fromtimestamp(original.stat().st_mtime, dt.UTC)
    years = _Years(latest)
    last: tuple[str, dict[str, Any]] | None = None
    odd = 0
    with text.open(encoding="utf-8") as stream:
        for raw in stream:
            line = raw.rstrip("\r\n")
            if not line.strip():
                continue
            event = event_of(line, years)
            if event is not None:
                if last is not None:
                    yield last
                last = event
            elif last is not None and line[0] in " \t":
                last[1]["message"] = f"{last[1].get('message', '')}\n{line}"
            else:
                odd += 1
                if last is not None:
                    yield last
                last = ("syslog", {"message": line, "raw": line})
    if last is not None:
        yield last
    if odd:
        notes.append(f"{original.name}: {odd} lines are no syslog; kept as messages without a time")
    if years.used:
        year = f"{years.first}" if years.first == years.year else f"{years.first} to {years.year}"
        notes.append(f"{original.name}: its times have no year; read as {year}, in UTC")


class _Years:
    """Years for times that have none: they go on where the months begin anew."""

    def __init__(self, latest: dt.datetime) -> None:
        self.year = self.first = latest.year
        self.used = False
        self._latest = latest
        self._month = 0

    def complete(self, text: str) -> str:
        parts = text.split()
        if len(parts) == 4 and parts[2].isdigit():
            return f"{parts[0]} {parts[1]}, {parts[2]} {parts[3]}"
        moment = dt.datetime.strptime(f"2000 {' '.join(parts)[:15]}", "%Y %b %d %H:%M:%S")
        if not self.used:
            self.used = True
            later = (moment.month, moment.day) > (
                (self._latest + dt.timedelta(days=1)).month,
                (self._latest + dt.timedelta(days=1)).day,
            )
            self.year = self.first = self._latest.year - later
        elif self._month == 12 and moment.month == 1:
            self.year += 1
        self._month = moment.month
        return f"{self.year}-{moment:%m-%d} {parts[-1]}"


def event_of(line: str, years: _Years) -> tuple[str, dict[str, Any]] | None:
    """The event in a line, with what it is; None where the line is none."""
    head = _head(line, years)
    if head is None:
        return None
    event, rest = head
    if (at := re.search(r"(?:^|\s)(CEF:\d+\|)", rest)) and (found := _cef(rest[at.start(1) :])):
        return "cef", event | found
    if (at := re.search(r"(?:^|\s)(LEEF:[\d.]+\|)", rest)) and (
        found := _leef(rest[at.start(1) :])
    ):
        return "leef", event | found
    if "app" not in event and (tag := _TAG.fullmatch(rest)):
        event |= _named(tag, ("app", "pid"))
        rest = tag["message"]
    event["message"] = rest
    if rest.startswith("<Event>") and (sysmon := event_of_text(rest)) is not None:
        return "windows event", sysmon  # Sysmon for Linux
    return "syslog", event


def _head(line: str, years: _Years) -> tuple[dict[str, Any], str] | None:
    """What stands before the message, and the message."""
    event: dict[str, Any] = {"raw": line}
    match = _5424.fullmatch(line)
    if match:
        event |= _named(match, ("time", "host", "app", "pid"))
        event |= {"msgid": match["id"], "structured_data": match["data"]}
        rest = match["message"] or ""
    elif match := _3164.fullmatch(line):
        event["host"] = match["host"]
        try:
            event["time"] = years.complete(match["time"])
        except ValueError:
            return None
        rest = match["rest"]
    elif match := _ISO.fullmatch(line) or _BARE.fullmatch(line):
        names = tuple(name for name in ("time", "host") if name in match.groupdict())
        event |= _named(match, names)
        rest = match["rest"]
    elif re.match(r"CEF:\d|LEEF:\d", line):
        return event, line
    else:
        return None
    if match["pri"]:
        facility, severity = divmod(int(match["pri"]), 8)
        if facility < len(_FACILITIES):
            event["facility"] = _FACILITIES[facility]
        event["severity"] = _SEVERITIES[severity]
    return event, rest


def _named(match: re.Match[str], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: match[name] for name in names if match[name] not in (None, "-")}


_CEF_HEAD = (
    "Version",
    "DeviceVendor",
    "DeviceProduct",
    "DeviceVersion",
    "SignatureID",
    "Name",
    "Severity",
)
_CEF_KEY = re.compile(r"(?:^|(?<=\s))([\w.\[\]-]+)=")


def _cef(text: str) -> dict[str, Any] | None:
    parts = re.split(r"(?<!\\)\|", text[4:], maxsplit=7)
    if len(parts) < 7:
        return None
    head = dict(zip(_CEF_HEAD, (_cef_text(part) for part in parts), strict=False))
    extension = parts[7] if len(parts) > 7 else ""
    keys = list(_CEF_KEY.finditer(extension))
    fields = {}
    for key, after in zip(keys, [*keys[1:], None], strict=True):
        value = extension[key.end() : after.start() if after else None].rstrip()
        fields[key[1]] = _cef_text(value)
    return {
        **fields,
        **{f"cef.{name}": value for name, value in head.items()},
        "extension": extension,
    }


def _cef_text(text: str) -> str:
    return re.sub(r"\\([\\=|])", r"\1", text).replace("\\n", "\n").replace("\\r", "\r")


def _leef(text: str) -> dict[str, Any] | None:
    version, *parts = text[5:].split("|", 5)
    if len(parts) < 4:
        return None
    extension, sign = parts[4] if len(parts) > 4 else "", "\t"
    if version.startswith("2") and len(parts) > 4:
        given, bar, after = parts[4].partition("|")
        if bar and len(given) <= 6:
            sign, extension = _leef_sign(given), after
    if sign not in extension and "\t" not in extension:
        pairs = _CEF_KEY.split(extension)[1:]
        fields = {k: v.rstrip() for k, v in zip(pairs[::2], pairs[1::2], strict=True)}
    else:
        found = (one.partition("=") for one in extension.split(sign))
        fields = {key.strip(): value for key, equals, value in found if equals}
    head = dict(
        zip(("leef.vendor", "leef.product", "leef.version", "leef.id"), parts, strict=False)
    )
    return {**fields, **head, "extension": extension}


def _leef_sign(given: str) -> str:
    if match := re.fullmatch(r"(?:0?x|\\x)([0-9a-fA-F]{1,4})", given):
        return chr(int(match[1], 16))
    return given or "\t"
