"""Text logs whose first lines name their fields: Zeek's, and the W3C format of IIS."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from soc_tui.workspaces.local.log_import.normalise.expressions import Event
from soc_tui.workspaces.local.log_import.text_files import bad_file


class _ZeekHead:
    """What the lines with # have said so far."""

    def __init__(self) -> None:
        self.separator = "\t"
        self.said = {"unset_field": "-", "empty_field": "(empty)", "set_separator": ",", "path": ""}

    def read(self, line: str) -> None:
        if line.startswith("#separator "):
            self.separator = codecs.decode(line[11:], "unicode_escape")
            return
        key, _, value = line[1:].partition(self.separator)
        self.said[key] = value

    def event(self, cells: list[str]) -> dict[str, Any] | None:
        names = self.said.get("fields", "").split(self.separator)
        types = self.said.get("types", "").split(self.separator)
        if len(cells) != len(names):
            return None
        kinds = types if len(types) == len(names) else ["string"] * len(names)
        event: dict[str, Any] = {"_path": self.said["path"]}
        for name, cell, kind in zip(names, cells, kinds, strict=True):
            if cell != self.said["unset_field"]:
                value = "" if cell == self.said["empty_field"] else cell
                event[name] = _zeek(value, kind, self.said["set_separator"])
        return event


def read_zeek(text: Path, original: Path, notes: list[str]) -> Iterator[tuple[str, Event]]:
    """Zeek's ASCII log. Source: https://docs.zeek.org/en/master/log-formats.html"""
    head = _ZeekHead()
    with text.open(encoding="utf-8", newline="\n") as stream:
        for number, raw in enumerate(stream, 1):
            line = raw.rstrip("\r\n")
            if line.startswith("#"):
                head.read(line)
            elif line:
                event = head.event(line.split(head.separator))
                if event is None:
                    what = "it has other fields than the header says."
                    raise bad_file(original, what, "Copy the log again.", line=number)
                yield "record", event


def _zeek(cell: str, kind: str, set_separator: str) -> Any:
    if kind.startswith(("set[", "vector[")):
        return cell.split(set_separator) if cell else []
    try:
        if kind in ("count", "int", "port"):
            return int(cell)
        if kind in ("double", "interval"):
            return float(cell)
    except ValueError:
        return cell
    if kind == "bool":
        return cell == "T"
    return cell


def read_w3c(text: Path, original: Path, notes: list[str]) -> Iterator[tuple[str, Event]]:
    """IIS and other W3C extended logs. Source: https://www.w3.org/TR/WD-logfile.html"""
    fields: list[str] = []
    with text.open(encoding="utf-8") as stream:
        for number, raw in enumerate(stream, 1):
            line = raw.rstrip("\r\n")
            if line.startswith("#Fields:"):
                fields = line[8:].split()
            if line.startswith("#") or not line.strip():
                continue
            cells = line.split("\t") if "\t" in line else line.split(" ")
            if len(cells) != len(fields):
                what = f"expected {len(fields)} fields, found {len(cells)}."
                raise bad_file(original, what, "Copy the log again.", line=number)
            event = {name: c for name, c in zip(fields, cells, strict=True) if c != "-"}
            if "date" in event and "time" in event:
                event["datetime"] = f"{event['date']} {event['time']}"
            yield "w3c", event
