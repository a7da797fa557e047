"""A draft as a Sigma rule. https://sigmahq.io/sigma-specification/"""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from soc_tui.model.finding import Finding, Mitre
from soc_tui.review.detections.draft import CellTest, Draft, How

_MODIFIER = {How.EQUALS: "", How.CONTAINS_ALL: "|contains|all"}
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d|\d\d:\d\d")
_SPECIAL = re.compile(r"\\+(?=([*?])?)|[*?]")


def sigma_rule(draft: Draft, today: dt.date) -> str:
    """YAML of the rule; fields are the table's own columns, `logsource.service` is the table."""
    import yaml

    finding = draft.finding
    document: dict[str, Any] = {
        "title": draft.title,
        "id": draft.id,
        "status": "experimental",
        "description": about(finding),
        "author": "soc_tui",
        "date": today.isoformat(),
        "tags": list(dict.fromkeys(tag for mitre in finding.mitre for tag in _tags(mitre))),
        "logsource": {"product": "windows", "service": draft.table.lower()},
        "detection": {
            "selection": {_field(test): _values(test) for test in draft.tests},
            "condition": "selection",
        },
        "falsepositives": ["Not known yet: drafted from one finding."],
        "level": finding.severity.value,
    }
    return yaml.safe_dump(
        {key: value for key, value in document.items() if value != []},
        sort_keys=False,
        allow_unicode=True,
        width=100,
    )


def about(finding: Finding) -> str:
    """The first paragraph of the finding's description, without sentences that tell times."""
    first = finding.description.strip().split("\n\n")[0]
    sentences = re.split(r"(?<=[.!?]) ", first)
    return " ".join(one for one in sentences if not _MOMENT.search(one)) or finding.title


def _tags(mitre: Mitre) -> tuple[str, ...]:
    return tuple(f"attack.{part}" for part in (mitre.tactic_name, mitre.id.casefold()) if part)


def _field(test: CellTest) -> str:
    return f"{test.column}{_MODIFIER[test.how]}"


def _values(test: CellTest) -> str | list[str]:
    values = [_escaped(value) for value in test.values]
    return values[0] if len(values) == 1 and test.how is not How.CONTAINS_ALL else values


def _escaped(value: str) -> str:
    r"""The value for Sigma, where `*` and `?` are wildcards and a lone `\` is itself."""
    return _SPECIAL.sub(lambda match: _written(match[0], match[1] or ""), value)


def _written(found: str, follows: str) -> str:
    if found in {"*", "?"}:
        return f"\\{found}"
    return found if len(found) == 1 and not follows else found * 2
