"""Windows events in XML, as Event Viewer and `wevtutil qe` save them, in a root element or not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from soc_tui.workspaces.local.log_import.formats.windows_event import Flat, flat_event
from soc_tui.workspaces.local.log_import.text_files import bad_file

_CHUNK = 1 << 20
# Neither is needed in an event, and both are how XML is made to grow without end.
_FORBIDDEN = re.compile(r"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_EVENT = re.compile(r"<(?:\w+:)?Event[\s>].*?</(?:\w+:)?Event>", re.DOTALL)
# XML has no way to write these, and Windows writes some all the same.
_NO_XML = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|&#(?:x0*[0-8bcefBCEF]|0*(?:[0-8]|1[124-9]|2\\d|3[01]));"
)


def read_events(text: Path, original: Path) -> Iterator[Flat]:
    """The events of a file in UTF-8.

    Raises:
        FileImportError: no well-formed XML, with its line; or a document type, which is not read.
    """
    line, rest = 1, ""
    with text.open(encoding="utf-8") as stream:
        while chunk := stream.read(_CHUNK):
            rest += chunk
            if _FORBIDDEN.search(rest):
                what = "it has a document type or entities, which are not read."
                raise bad_file(original, what, "Save the events again from Event Viewer.")
            end = 0
            for match in _EVENT.finditer(rest):
                line += rest.count("\n", end, match.start())
                try:
                    event = event_of_text(match[0])
                except ElementTree.ParseError as error:
                    place = line + error.position[0] - 1
                    raise bad_file(original, "this XML is not well-formed.", line=place) from error
                if event is not None:
                    yield event
                line += match[0].count("\n")
                end = match.end()
            rest = rest[end:]


def event_of_text(text: str) -> Flat | None:
    """The event in `<Event>...</Event>`. Raises ElementTree.ParseError."""
    root = ElementTree.fromstring(_NO_XML.sub(" ", text))  # noqa: S314 - no entities get here
    parts: dict[str, Any] = {}
    for part in root:
        name = _name(part)
        if name == "System":
            parts[name] = {_name(one): _value(one) for one in part}
        elif name == "EventData":
            parts[name] = {"Data": [_data(one) for one in part if _name(one) == "Data"]}
        elif name == "UserData":
            parts[name] = _tree(part)
        elif name == "RenderingInfo":
            message = next((one.text for one in part if _name(one) == "Message"), None)
            parts["Message"] = message
    return flat_event({"Event": parts})


def _name(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def _value(element: ElementTree.Element) -> Any:
    if element.attrib:
        return {"#attributes": dict(element.attrib), "#text": element.text}
    return element.text


def _data(element: ElementTree.Element) -> Mapping[str, Any]:
    text = "".join(element.itertext())
    return {"@Name": element.get("Name"), "#text": text}


def _tree(element: ElementTree.Element) -> dict[str, Any]:
    return {_name(one): _tree(one) if len(one) else one.text for one in element}
