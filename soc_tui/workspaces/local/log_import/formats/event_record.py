"""A Windows event in a record of JSON or CSV, as fields or as XML."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from xml.etree.ElementTree import ParseError

from soc_tui.workspaces.local.log_import.formats.event_xml import event_of_text
from soc_tui.workspaces.local.log_import.formats.windows_event import Flat, flat_event

_XML = ("_raw", "xml", "XML", "EventXml", "message", "Message")


def event_in(record: Mapping[str, Any]) -> Flat | None:
    """The event; None where the record is none."""
    event = flat_event(record)
    if event is not None:
        return event
    for name in _XML:
        text = record.get(name)
        if isinstance(text, str) and text.lstrip()[:7] in ("<Event ", "<Event>"):
            try:
                return event_of_text(text)
            except ParseError:
                return None
    return None
