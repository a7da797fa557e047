"""Windows event log files, read by the Rust parser of the `evtx` package."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from soc_tui.workspaces.local.log_import.formats.windows_event import Flat, flat_event
from soc_tui.workspaces.local.log_import.text_files import bad_file


def read_events(path: Path, notes: list[str]) -> Iterator[Flat]:
    """The events of an .evtx file.

    Args:
        notes: Gets how many records could not be read, where the file is damaged.

    Raises:
        FileImportError: nothing can be read of it.
    """
    import evtx

    try:
        records = evtx.PyEvtxParser(str(path)).records_json()
    except (OSError, RuntimeError) as error:
        raise bad_file(path, f"this event log cannot be read ({error}).") from error
    read = damaged = 0
    while True:
        try:
            record = next(records)
        except StopIteration:
            break
        except (OSError, RuntimeError, ValueError):
            damaged += 1
            if damaged > 10_000:
                break
            continue
        event = flat_event(json.loads(record["data"])) if record is not None else None
        if record is not None and event is not None:
            event.setdefault("EventRecordID", record["event_record_id"])
            read += 1
            yield event
    if damaged and not read:
        raise bad_file(path, "none of its records can be read: the event log is damaged.")
    if damaged:
        notes.append(f"{path.name}: {damaged} records are damaged and were left out")
