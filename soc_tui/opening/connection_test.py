"""Tests that a workspace and a model respond, free of charge."""

from __future__ import annotations

import asyncio
import datetime as dt
import functools
import time
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import TYPE_CHECKING, Self

from soc_tui.config.endpoint import check, shown, uses_model
from soc_tui.config.settings import Settings
from soc_tui.opening.model_endpoint import model_name, open_endpoint
from soc_tui.opening.open_workspace import DeviceCode, open_workspace, sign_in
from soc_tui.workspaces import Workspace
from soc_tui.workspaces.kinds import Progress

if TYPE_CHECKING:
    from soc_tui.analysts.openai.endpoint import Endpoint

QUERY = "print answer = 1"
"""Asks the workspace and reads no table."""

_QUERY_HOURS = 1
_MODEL_SECONDS = 30.0


class Connection:
    """Opens what settings mean, which need not be saved, apart from what is open already.

    One sign-in serves the workspace and the model. Used as an asynchronous context.

    Args:
        progress: Told (from a thread) what is being made and the share done (0-1).
        on_device_code: Called (from a thread) with code and address when a human has to sign in.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        progress: Progress | None = None,
        on_device_code: DeviceCode | None = None,
    ) -> None:
        self._settings = settings
        self._progress = progress
        self._credential = functools.cache(
            functools.partial(sign_in, settings.workspace, on_device_code)
        )
        self._workspace: Workspace | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._workspace is not None:
            await self._workspace.aclose()
        if self._credential.cache_info().currsize:
            await self._credential().close()

    async def workspace(self) -> Workspace:
        """The workspace, opened once. Raises ConfigError, WorkspaceError."""
        if self._workspace is None:
            self._workspace = await asyncio.to_thread(
                open_workspace, self._settings.workspace, self._progress, self._credential
            )
        return self._workspace

    async def ask_workspace(self) -> str:
        """Run a small query; what came of it. Raises ConfigError, WorkspaceError."""
        workspace = await self.workspace()
        span = dt.timedelta(hours=_QUERY_HOURS)
        rows = await workspace.query(QUERY, timespan=span, max_rows=1)
        who = self._credential().identity if self._credential.cache_info().currsize else ""
        signed_in = f", {who}" if who else ""
        return f"{workspace.name} answered a query in {rows.elapsed_seconds:.1f} s{signed_in}"

    async def ask_model(self) -> str:
        """Ask the service of the model, free of charge; what came of it, or who stands in for it.

        Raises:
            ConfigError: something is not set.
            CredentialError: the sign-in failed.
            AnalystError: the service does not answer, or not with this key or model.
        """
        settings = self._settings
        if settings.analyst == "offline":
            return "OFFLINE (Sigma rules, free), as chosen"
        if not uses_model(settings):
            return "OFFLINE (Sigma rules, free), because OPENAI_API_KEY is not set"
        chosen = settings.openai
        check(chosen)
        started = time.monotonic()
        reach = await asyncio.to_thread(_reach)  # a heavy import
        endpoint = await asyncio.to_thread(open_endpoint, chosen, self._credential)
        seconds = min(chosen.timeout_seconds, _MODEL_SECONDS)
        found = await reach(endpoint, model_name(chosen), seconds)
        why = "as chosen" if settings.analyst == "openai" else "because it is set up"
        took = f"{time.monotonic() - started:.1f} s"
        return f"{shown(chosen)}, {why}: {found}, in {took}; nothing was generated or billed"


def _reach() -> Callable[[Endpoint, str, float], Awaitable[str]]:
    from soc_tui.analysts.openai.health_check import reach

    return reach
