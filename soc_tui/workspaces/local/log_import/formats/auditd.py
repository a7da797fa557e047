"""Linux audit logs: the records of one event (SYSCALL, EXECVE, PATH ...) joined by its serial.

Source: https://github.com/linux-audit/audit-documentation/wiki/SPEC-Writing-Good-Events and
auditd's record format: type=T msg=audit(seconds.milliseconds:serial): name=value ...
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from soc_tui.workspaces.local.log_import.normalise.expressions import Event

_HEAD = re.compile(
    r"^(?:.*?node=(?P<node>\S+) )?(?:.*?)type=(?P<type>\S+) "
    r"msg=audit\((?P<time>\d+\.\d+):(?P<serial>\d+)\):\s*(?P<rest>.*)$"
)
_PAIR = re.compile(r"([\w-]+)=(\"[^\"]*\"|'(?:[^']|'(?=\S))*'|\S*)")
_ENCODED = re.compile(r"(?:[0-9A-F]{2}){2,}")
_TEXTS = frozenset({"proctitle", "cwd", "name", "exe", "comm", "key", "acct", "cmd", "data"})
_OPEN = 200  # events whose records may still come


def read_events(text: Path, original: Path, notes: list[str]) -> Iterator[tuple[str, Event]]:
    """The events of an audit.log, in the order in which they began."""
    open_events: OrderedDict[tuple[str, str], dict[str, Any]] = OrderedDict()
    passed = 0
    with text.open(encoding="utf-8") as stream:
        for line in stream:
            match = _HEAD.match(line.rstrip("\r\n").split("\x1d")[0])
            if match is None:
                passed += bool(line.strip())
                continue
            key = (match["time"], match["serial"])
            if key not in open_events:
                open_events[key] = {
                    "time": match["time"], "serial": match["serial"], "types": [], "records": [],
                }  # fmt: skip
                if match["node"]:
                    open_events[key]["node"] = match["node"]
            _add(open_events[key], match["type"], match["rest"])
            while len(open_events) > _OPEN:
                yield "auditd", _closed(open_events.popitem(last=False)[1])
    for event in open_events.values():
        yield "auditd", _closed(event)
    if passed:
        notes.append(f"{original.name}: {passed} lines are no audit records and were left out")


def _add(event: dict[str, Any], kind: str, rest: str) -> None:
    event["types"].append(kind)
    event["records"].append(f"type={kind} {rest}")
    fields = _fields(rest)
    if kind == "EXECVE":
        count = int(fields.get("argc", "0")) if str(fields.get("argc", "0")).isdigit() else 0
        words = [_decoded(fields.get(f"a{at}", "")) for at in range(min(count, 1000))]
        event["command_line"] = " ".join(words)
        return
    if kind == "PATH":
        event.setdefault("paths", []).append(_decoded(fields.get("name", "")))
        return
    for name, value in fields.items():
        text = _decoded(value) if name in _TEXTS else value.strip('"')
        event.setdefault(name, text)


def _fields(rest: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in _PAIR.findall(rest):
        if name == "msg" and value.startswith("'"):
            found |= dict(_PAIR.findall(value.strip("'")))
        else:
            found[name] = value
    return found


def _decoded(value: str) -> str:
    """Text in quotes as it is; what has odd characters in it stands in hexadecimal digits."""
    if value.startswith('"'):
        return value.strip('"')
    if _ENCODED.fullmatch(value):
        return bytes.fromhex(value).decode("utf-8", "replace").replace("\0", " ").strip()
    return value


def _closed(event: dict[str, Any]) -> dict[str, Any]:
    event["type"] = next(
        (t for t in event["types"] if t in ("EXECVE", "SYSCALL")), event["types"][0]
    )
    if "EXECVE" in event["types"]:
        event["type"] = "EXECVE"
    command = event.get("command_line") or event.get("proctitle") or event.get("cmd")
    if command:
        event["command_line"] = command
    event["message"] = "\n".join(event.pop("records"))
    return event
