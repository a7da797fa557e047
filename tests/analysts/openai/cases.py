"""Rows, catalog, models and analysts that the OpenAI tests share."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Protocol

import pyarrow as pa

from soc_tui.analysts import HuntTask, PlanRequest
from soc_tui.analysts.openai.analyst import OpenAIAnalyst
from soc_tui.analysts.openai.endpoint import Endpoint
from soc_tui.model.catalog import Catalog, Column, KqlType, TableSpec
from soc_tui.model.limits import Limits, ModelSpec
from soc_tui.model.rows import Rows
from tests.wire.openai_server import OpenAIServer

NOW = dt.datetime(2026, 11, 24, 12, 0, tzinfo=dt.UTC)
ENCODED = "powershell.exe -nop -enc SQBFAFgAIAAoAE4AZQB3AC0ATwBiAGoA"

COLUMNS = (
    Column("Timestamp", KqlType.DATETIME),
    Column("DeviceName", KqlType.STRING),
    Column("FileName", KqlType.STRING),
    Column("ProcessCommandLine", KqlType.STRING),
    Column("ProcessId", KqlType.LONG),
)
CATALOG = Catalog(
    {
        "DeviceProcessEvents": TableSpec(
            "DeviceProcessEvents",
            COLUMNS,
            time_column="Timestamp",
            device_column="DeviceName",
            notes="Processes as they start.",
        ),
        "SigninLogs": TableSpec(
            "SigninLogs",
            (
                Column("TimeGenerated", KqlType.DATETIME),
                Column("UserPrincipalName", KqlType.STRING),
                Column("ResultType", KqlType.STRING),
            ),
            user_column="UserPrincipalName",
        ),
    }
)
MODELS = {
    "gpt-5-mini": ModelSpec(
        "gpt-5-mini",
        272_000,
        max_output_tokens=128_000,
        input_price=Decimal("0.25"),
        output_price=Decimal("2.00"),
        tokens_per_minute={"1": 200_000, "4": 10_000_000},
    ),
    "gpt-4.1": ModelSpec(
        "gpt-4.1",
        1_047_576,
        max_output_tokens=32_768,
        input_price=Decimal("2.00"),
        output_price=Decimal("8.00"),
        tokens_per_minute={"1": 30_000, "4": 2_000_000},
    ),
}


def rows_of(command_lines: list[str], **more: Any) -> Rows:
    """One process start for each command line, a second apart."""
    count = len(command_lines)
    table = pa.table(
        {
            "Timestamp": pa.array(
                [NOW + dt.timedelta(seconds=i) for i in range(count)], pa.timestamp("us", "UTC")
            ),
            "DeviceName": pa.array(["ws-01"] * count, pa.string()),
            "FileName": pa.array(["powershell.exe"] * count, pa.string()),
            "ProcessCommandLine": pa.array(command_lines, pa.string()),
            "ProcessId": pa.array([4_624 + i for i in range(count)], pa.int64()),
        }
    )
    return Rows(table, COLUMNS, **more)


def task_of(rows: Rows, **more: Any) -> HuntTask:
    """A hunt through these rows."""
    return HuntTask(
        "suspicious powershell", "DeviceProcessEvents | take 100", "DeviceProcessEvents", rows,
        **more,
    )  # fmt: skip


def plan_request(request: str = "suspicious powershell in the last 3 days") -> PlanRequest:
    """A request against the two tables above."""
    return PlanRequest(request, CATALOG, Limits(), NOW)


class AnalystFactory(Protocol):
    """`make_analyst` with an end: the fixture `analyst_of` closes what it made."""

    def __call__(
        self,
        server: OpenAIServer,
        *,
        api_key: str | None = None,
        model: str = "auto",
        limits: Limits | None = None,
        timeout_seconds: float = 10,
        base_url: str | None = None,
        endpoint: Endpoint | None = None,
        tier: str = "4",
        minute_seconds: float = 60,
        models: Mapping[str, ModelSpec] = MODELS,
    ) -> OpenAIAnalyst:
        """An analyst on the loopback server."""


def make_analyst(
    server: OpenAIServer,
    *,
    api_key: str | None = None,
    model: str = "auto",
    limits: Limits | None = None,
    timeout_seconds: float = 10,
    base_url: str | None = None,
    endpoint: Endpoint | None = None,
    tier: str = "4",
    minute_seconds: float = 60,
    models: Mapping[str, ModelSpec] = MODELS,
) -> OpenAIAnalyst:
    """An analyst on the loopback server."""
    return OpenAIAnalyst(
        endpoint=endpoint
        or Endpoint(base_url or server.base_url, server.api_key if api_key is None else api_key),
        model=model,
        tier=tier,
        models=models,
        limits=limits or Limits(),
        timeout_seconds=timeout_seconds,
        minute_seconds=minute_seconds,
    )
