"""An analyst whose answers hold no configured secret: another one, with each hidden by its value.

A model may repeat the key that its server was sent, and a proxy's page or an error quotes headers:
whatever comes back, is told, recorded or raised goes through here.
"""

from __future__ import annotations

import json
import urllib.parse
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import replace
from typing import TypeVar

from soc_tui.analysts import (
    Analyst,
    ExplainAnswer,
    ExplainRequest,
    FindingAnswer,
    FindingQuestion,
    HuntItem,
    HuntTask,
    PlanAnswer,
    PlanRequest,
    PreparedHunt,
    RepairAnswer,
    RepairRequest,
)
from soc_tui.analysts.sending.texts import changed
from soc_tui.analysts.sending.wrapped_analyst import WrappedAnalyst
from soc_tui.model.errors import SocError
from soc_tui.model.quote import Quote
from soc_tui.model.secret import HIDDEN

T = TypeVar("T")
Heard = TypeVar("Heard", PlanRequest, ExplainRequest, RepairRequest, FindingQuestion, HuntTask)

_SHORTEST = 8
"""A shorter one ("none", "ollama") is a word of a server that wants no key, characters."""


class Redaction:
    """Hides secrets by their values, also as JSON and URLs write them."""

    def __init__(self, secrets: Sequence[str]) -> None:
        spellings = {
            spelling
            for secret in secrets
            if len(secret) >= _SHORTEST
            for spelling in (secret, json.dumps(secret)[1:-1], urllib.parse.quote(secret, safe=""))
        }
        self._spellings = sorted(spellings, key=len, reverse=True)

    def hide(self, text: str) -> str:
        """The text without them."""
        for spelling in self._spellings:
            text = text.replace(spelling, HIDDEN)
        return text

    def hidden(self, value: T) -> T:
        """The value without them in any of its texts."""
        return changed(value, self.hide)

    @contextmanager
    def in_errors(self) -> Iterator[None]:
        """Errors that are raised inside hold none of them."""
        try:
            yield
        except SocError as error:
            error.what, error.why = self.hide(error.what), self.hide(error.why)
            error.next_step = self.hide(error.next_step)
            error.args = (error.what,)
            raise


class RedactingAnalyst(WrappedAnalyst):
    """The other analyst, its answers without these secrets."""

    def __init__(self, inner: Analyst, secrets: Sequence[str]) -> None:
        super().__init__(inner)
        self._redaction = Redaction(secrets)

    async def plan(self, request: PlanRequest) -> PlanAnswer:
        """As the other plans. Raises what it raises."""
        with self._redaction.in_errors():
            return self._redaction.hidden(await self.inner.plan(self._heard(request)))

    async def explain(self, request: ExplainRequest) -> ExplainAnswer:
        """As the other explains. Raises what it raises."""
        with self._redaction.in_errors():
            return self._redaction.hidden(await self.inner.explain(self._heard(request)))

    async def repair(self, request: RepairRequest) -> RepairAnswer:
        """As the other repairs. Raises what it raises."""
        with self._redaction.in_errors():
            return self._redaction.hidden(await self.inner.repair(self._heard(request)))

    async def prepare(self, task: HuntTask) -> PreparedHunt:
        """The other's hunt. Raises what it raises."""
        with self._redaction.in_errors():
            return RedactedHunt(await self.inner.prepare(self._heard(task)), self._redaction)

    async def discuss(self, question: FindingQuestion) -> FindingAnswer:
        """As the other answers. Raises what it raises."""
        with self._redaction.in_errors():
            return self._redaction.hidden(await self.inner.discuss(self._heard(question)))

    def _heard(self, request: Heard) -> Heard:
        """The request, whose notices and recorded messages go through the redaction."""
        hidden, tell, record = self._redaction.hidden, request.tell, request.record
        return replace(
            request,
            tell=lambda notice: tell(hidden(notice)),
            record=lambda exchange: record(hidden(exchange)),
        )


class RedactedHunt:
    """Another prepared hunt, its items without secrets."""

    def __init__(self, prepared: PreparedHunt, redaction: Redaction) -> None:
        self._prepared, self._redaction = prepared, redaction

    @property
    def quote(self) -> Quote:
        """The other's."""
        return self._prepared.quote

    def prompts(self) -> tuple[str, ...]:
        """The other's."""
        return self._prepared.prompts()

    async def run(self) -> AsyncIterator[HuntItem]:
        """As the other runs. Raises what it raises."""
        with self._redaction.in_errors():
            # mypy sees AsyncIterator; every run is a generator and has aclose.
            async with aclosing(self._prepared.run()) as items:  # type: ignore[type-var]
                async for item in items:
                    yield self._redaction.hidden(item)
