"""What the Sigma rules of this program look for, by technique: logs in their own words.

ATT&CK's prose tells of "dumping LSASS"; logs say `comsvcs.dll, MiniDump`.
"""

from __future__ import annotations

import importlib.resources
import re
from collections import defaultdict
from collections.abc import Iterator

from soc_tui.analysts.grounding import attack_ids

_TAG = re.compile(r"attack\.(t\d{4}(?:\.\d{3})?)", re.ASCII)
_NOT = re.compile(r"\bnot (\w+)")
_UNLESS = re.compile(r"\b(\w+) or not \w+")
"""A selection that only lifts an exception says what is odd, not what the technique is."""
_RULES = "soc_tui.analysts.offline.sigma"


def lines_by_technique() -> dict[str, list[str]]:
    """Texts that rules match, a line each, by the techniques that the rules are tagged with.

    Texts that a rule takes as a sign of something harmless are left out.
    """
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    found: dict[str, list[str]] = defaultdict(list)
    folder = importlib.resources.files(_RULES).joinpath("rules")
    for file in folder.iterdir():
        if not file.name.endswith(".yml"):
            continue
        for rule in yaml.load_all(file.read_text(encoding="utf-8"), loader):
            ids = (match[1].upper() for tag in rule.get("tags", ()) if (match := _TAG.match(tag)))
            lines = tuple(_matched(rule.get("detection", {})))
            for one in ids:
                if current := attack_ids.current_id(one):
                    found[current] += lines
    return dict(found)


def _matched(detection: dict[str, object]) -> Iterator[str]:
    condition = str(detection.get("condition", ""))
    harmless = {"condition", *_NOT.findall(condition), *_UNLESS.findall(condition)}
    for name, selection in detection.items():
        if name not in harmless:
            yield from _texts(selection)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str | int):
        yield str(value)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)
    elif isinstance(value, dict):
        for one in value.values():
            yield from _texts(one)
