"""Text logs whose first lines name their fields: Zeek's, and the W3C format of IIS."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from soc_tui.workspaces.local.log_import.normalise.expressions import Event
from soc_tui.workspaces.local.log_import.text_files import bad_file


def read_zeek(text: Path, original: Path, notes: list[str]) -> Iterator[tuple[str, Event]]:
    """Zeek's ASCII log. Source: https://docs.zeek.org/en/master/log-formats.html"""
    separator, unset, empty, set_separator = "\t", "-", "(empty)", ","
    path, fields, types = "", list[str](), list[str]()
    with text.open(encoding="utf-8", newline="\n") as stream:
        for number, line in enumerate(stream, 1):
            line = line.rstrip("\r\n")
            if line.startswith("#"):
                if line.startswith("#separator "):
                    separator = codecs.decode(line[11:], "unicode_escape")
                    continue
                key, _, value = line[1:].partition(separator)
                if key == "path":
                    path = value
                elif key == "unset_field":
                    unset = value
                elif key == "empty_field":
                    empty = value
                elif key == "set_separator":
                    set_separator = value
                elif key == "fields":
                    fields = value.split(separator)
                elif key == "types":
                    types = value.split(separator)
                continue
            if not line:
                continue
            cells = line.split(separator)
            if len(cells) != len(fields):
                what = f"expected {len(fields)} fields, found {len(cells)}."
                raise bad_file(original, what, "Copy the log again.", line=number)
            event: dict[str, Any] = {"_path": path}
            kinds = types if len(types) == len(fields) else ["string"] * len(fields)
            for name, cell, kind in zip(fields, cells, kinds, strict=True):
                if cell == unset:
                    continue
                value = "" if cell == empty else cell
                event[name] = _zeek(value, kind, set_separator)
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
        for number, line in enumerate(stream, 1):
            line = line.rstrip("\r\n")
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
