"""Names of the MITRE ATT&CK techniques that our rules use, from attack.toml."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from typing import Any

from soc_tui.model.finding import Mitre

_ID = re.compile(r"T\d{4}(?:\.\d{3})?", re.ASCII | re.IGNORECASE)


@cache
def techniques() -> Mapping[str, Mapping[str, Any]]:
    """Technique and sub-technique ids with `name` and `tactics`."""
    text = (resources.files("soc_tui.analysts.offline") / "attack.toml").read_text("utf-8")
    table: Mapping[str, Mapping[str, Any]] = tomllib.loads(text)["techniques"]
    return table


def references(tags: Iterable[str]) -> tuple[Mitre, ...]:
    """ATT&CK references of Sigma tags (`attack.execution`, `attack.t1059.001`), in their order.

    A technique of several tactics gets the first one that the tags name too.
    """
    words = [tag.removeprefix("attack.") for tag in tags if tag.startswith("attack.")]
    ids = [word.upper() for word in words if _ID.fullmatch(word)]
    tactics = [word.replace("-", " ").replace("_", " ").title() for word in words]
    return tuple(reference(one, tactics) for one in ids)


def reference(technique: str, tactics: Iterable[str] = ()) -> Mitre:
    """One reference by id; an id that attack.toml lacks has an empty name, and is no error."""
    known = techniques().get(technique, {})
    named = {tactic.lower(): tactic for tactic in known.get("tactics", ())}
    wanted = [tactic for tactic in tactics if not _ID.fullmatch(tactic)]
    tactic = next((named[word.lower()] for word in wanted if word.lower() in named), "")
    if not tactic:
        tactic = next(iter(named.values()), "") or next(iter(wanted), "")
    parent = technique.split(".", maxsplit=1)[0]
    return Mitre(
        tactic=tactic,
        technique=parent,
        sub_technique=technique if "." in technique else "",
        name=str(known.get("name", "")),
    )


def ids_in(text: str) -> tuple[str, ...]:
    """Technique ids that stand in a text, upper case, without repeats."""
    return tuple(dict.fromkeys(match.upper() for match in _ID.findall(text)))
