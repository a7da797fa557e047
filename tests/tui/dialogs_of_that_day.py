"""Dialogs that only a model with a price, a fault or a slow disk brings up, for their pictures."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Self

import pytest
from textual.screen import Screen

from soc_tui.files.log_import import Choice, ImportOrder
from soc_tui.model.coverage import Unseen
from soc_tui.model.errors import AnalystError, QueryError
from soc_tui.model.quote import Alternative, Quote
from soc_tui.tui.dialogs import connection, log_import
from soc_tui.tui.dialogs.connection import ConnectionScreen
from soc_tui.tui.dialogs.diff import RepairOffer
from soc_tui.tui.dialogs.log_import import ImportScreen, table_choice
from soc_tui.tui.dialogs.quote import QuoteScreen, model_choice
from soc_tui.workspaces.local.log_import.table_choice import Fit

_QUOTE = Quote(
    model="gpt-4.1-mini",
    tokens_in=182_340,
    tokens_out_assumed=12_000,
    price=Decimal("0.0921"),
    price_most=Decimal("0.1254"),
    unseen=Unseen(9_120, 8_800, rows_folded=410, rows_cut=320, columns_cut=("AdditionalFields",)),
    reason="The cheapest allowed model that fits: gpt-4.1-nano does not, 1.3x its tokens a minute.",
    context_share=0.174,
    rate_share=0.456,
    chunks=3,
    minutes=1.2,
    warnings=("The day's spend would be 4.12 of the soft limit of 5.00 USD.",),
    alternatives=(
        Alternative("gpt-4.1", Decimal("0.4607"), fits=True),
        Alternative("a-local-model", None, fits=True, why="its price is not known"),
        Alternative("gpt-4.1-nano", Decimal("0.0230"), fits=False, why="1.3x its tokens a minute"),
    ),
)
_REJECTED = QueryError(
    "The workspace rejected the query.",
    "'where' operator: Failed to resolve column or scalar expression named 'Acount' (line 2).",
    "Correct line 2, or have it repaired.",
)

DIALOGS: dict[str, Callable[[], Screen[Any]]] = {
    "quote-priced": lambda: QuoteScreen(_QUOTE),
    "quote-models": lambda: model_choice(_QUOTE)[0],
    "repair-offer": lambda: RepairOffer(_REJECTED, "gpt-4.1-mini", free=False),
    "connection": lambda: ConnectionScreen(None),  # type: ignore[arg-type]
    "import-table": lambda: table_choice(
        Choice("Syslog", (Fit("Syslog", 9, 12), Fit("CommonSecurityLog", 2, 12)))
    ),
    "import-progress": lambda: ImportScreen(
        ImportOrder((Path("logs.csv"),), Path("own.duckdb"), "Syslog")
    ),
}


class _HalfWell:
    """A connection whose workspace answers and whose model refuses the key."""

    def __init__(self, *_: object, **__: object) -> None:
        pass

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        pass

    async def ask_model(self) -> str:
        raise AnalystError(
            "The model endpoint refused the key.",
            "HTTP 401 from https://models.example/v1: invalid_api_key",
            "Set openai.api_key in the settings, or the variable OPENAI_API_KEY.",
        )

    async def ask_workspace(self) -> str:
        return "fixed answered"


async def _slow_import(_: ImportOrder, progress: Callable[[str, float], None]) -> None:
    await asyncio.to_thread(progress, "Reading rows", 0.4)
    await asyncio.Event().wait()


def hold_still(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the dialogs show comes from here, not from a network or a disk."""
    monkeypatch.setattr(connection, "_connection", lambda: _HalfWell)
    monkeypatch.setattr(log_import, "import_in_thread", _slow_import)
    for module in (connection, log_import):
        monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: 0.0))
