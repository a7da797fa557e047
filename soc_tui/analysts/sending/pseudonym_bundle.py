"""A hunt, its rows and its messages with pseudonyms in the places of names. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from soc_tui.analysts.pseudonyms.names import Pseudonyms
from soc_tui.analysts.pseudonyms.row_names import Chosen, hidden_rows
from soc_tui.analysts.sending.texts import changed
from soc_tui.model.exchange import Exchange
from soc_tui.model.hunt import Hunt

_OWN = frozenset(
    {
        *("id", "hunt_id", "finding_id", "row_id", "parent", "repeats", "versions", "rows"),
        *("column", "columns", "table", "fields", "analyst", "model", "mitre"),
    }
)
"""Fields that name nobody: ids, columns, tables, models."""


def with_pseudonyms(
    hunt: Hunt, exchanges: tuple[Exchange, ...], chosen: Chosen, key: bytes
) -> tuple[Hunt, tuple[Exchange, ...]]:
    """Both as they may be handed on. About a second for 100,000 distinct cells."""
    names = Pseudonyms(key, addresses=chosen.addresses, mail=chosen.mail)
    rows = hidden_rows(hunt.rows, chosen, names).rows if hunt.rows is not None else None
    told = replace(changed(hunt, names.hide, _OWN), rows=rows)
    return told, tuple(_hidden_exchange(one, names.hide) for one in exchanges)


def _hidden_exchange(exchange: Exchange, hide: Callable[[str], str]) -> Exchange:
    return changed(exchange, lambda text: _hidden_json(text, hide), _OWN)


def _hidden_json(text: str, hide: Callable[[str], str]) -> str:
    """Of JSON, each text in it: names may be written there with escapes."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return hide(text)
    return json.dumps(_hidden(document, hide)) if isinstance(document, dict | list) else hide(text)


def _hidden(value: Any, hide: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return _hidden_json(value, hide) if value[:1] in {"{", "["} else hide(value)
    if isinstance(value, list):
        return [_hidden(one, hide) for one in value]
    if isinstance(value, dict):
        return {name: _hidden(one, hide) for name, one in value.items()}
    return value
