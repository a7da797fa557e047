"""`soc-tui licences`: what the program is made of, and under which licences."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib import metadata

from soc_tui.commands.terminal import Terminal

_NAME = re.compile(r"[A-Za-z0-9._-]+")
_LONGEST = 60


@dataclass(frozen=True, slots=True)
class Part:
    """An installed package: its name, version and licence (SPDX where it says so), or "unknown"."""

    name: str
    version: str
    licence: str


def parts(root: str = "soc-tui") -> tuple[Part, ...]:
    """The package and all that it needs to run, as installed, by name; extras are left out."""
    found: dict[str, Part] = {}
    waiting = [root]
    while waiting:
        name = waiting.pop()
        key = re.sub(r"[-_.]+", "-", name).lower()
        if key in found:
            continue
        try:
            of = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue  # of another system or Python
        found[key] = Part(of.metadata["Name"] or name, of.version, _licence(of))
        waiting += [
            match[0]
            for line in of.requires or ()
            if "extra ==" not in line and (match := _NAME.match(line))
        ]
    return tuple(found[key] for key in sorted(found))


def show_licences(*, as_json: bool = False) -> None:
    """Print them, a line each, or as one JSON document."""
    terminal = Terminal()
    if as_json:
        terminal.write_json(json.dumps([asdict(part) for part in parts()], indent=2) + "\n")
    else:
        terminal.write(_lines(parts()))


def _lines(found: tuple[Part, ...]) -> Iterator[str]:
    width = max((len(f"{part.name} {part.version}") for part in found), default=0)
    for part in found:
        yield f"{f'{part.name} {part.version}':{width}}  {part.licence}"


def _licence(of: metadata.Distribution) -> str:
    """As the package says it: the SPDX expression, else its classifiers, else its own words."""
    # The form of metadata 2.4: https://packaging.python.org/specifications/core-metadata
    if expression := of.metadata.get_all("License-Expression"):
        return str(expression[0])
    classified = [
        line.rpartition(" :: ")[2]
        for line in of.metadata.get_all("Classifier") or ()
        if line.startswith("License :: ") and line.count("::") > 1
    ]
    if classified:
        return " / ".join(classified)
    own = of.metadata.get_all("License") or [""]
    first = own[0].strip().partition("\n")[0]
    return first[:_LONGEST] or "unknown"
