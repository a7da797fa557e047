"""Fixtures of the analyst tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from soc_tui.analysts.openai.analyst import OpenAIAnalyst
    from tests.analysts.openai.cases import AnalystFactory
    from tests.wire.openai_server import OpenAIServer


@pytest.fixture
async def analyst_of() -> AsyncIterator[AnalystFactory]:
    """Makes OpenAI analysts and closes their connections after the test."""
    from tests.analysts.openai.cases import make_analyst

    made: list[OpenAIAnalyst] = []

    def make(server: OpenAIServer, **options: Any) -> OpenAIAnalyst:
        made.append(make_analyst(server, **options))
        return made[-1]

    yield make
    for analyst in made:
        await analyst.aclose()
