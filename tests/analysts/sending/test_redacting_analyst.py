"""A configured key that comes back is hidden, wherever it does."""

from __future__ import annotations

import json
from typing import Any

import pytest

from soc_tui.analysts import ExplainRequest
from soc_tui.analysts.sending.redacting_analyst import RedactingAnalyst, Redaction
from soc_tui.config.secret import Secret, revealed
from soc_tui.config.settings import OpenAISettings
from soc_tui.model.errors import AnalystError
from soc_tui.model.exchange import Exchange
from tests.analysts.openai.cases import CATALOG, AnalystFactory, rows_of, task_of
from tests.wire.openai_faults import Failure
from tests.wire.openai_server import OpenAIServer

KEY = 'lab-Zq"7/9d+K2mm0x'


@pytest.mark.parametrize(
    "text", [f"Bearer {KEY}", json.dumps({"said": KEY}), "?key=lab-Zq%227%2F9d%2BK2mm0x&a=1"]
)
def test_it_is_hidden_in_each_spelling(text: str) -> None:
    hidden = Redaction([KEY]).hide(text)
    assert "[hidden]" in hidden
    assert "Zq" not in hidden


def test_a_word_for_no_key_hides_nothing() -> None:
    assert Redaction(["none", ""]).hide("none of the rows") == "none of the rows"


def test_all_secrets_of_the_settings_are_known() -> None:
    settings = OpenAISettings(api_key=Secret("one-of-two"), azure_key=Secret("two-of-two"))
    assert set(revealed(settings)) == {"one-of-two", "two-of-two"}


async def test_a_model_that_repeats_the_key_is_not_heard(analyst_of: AnalystFactory) -> None:
    tape: list[Exchange] = []
    key = "lab-7d9K2mm0x-of-this-test"

    def says_it(_: Any) -> dict[str, Any]:
        return {"summary": f"Your key is {key}.", "passages": []}

    with OpenAIServer(api_key=key) as server:
        server.explain = says_it  # type: ignore[assignment]
        analyst = RedactingAnalyst(analyst_of(server), [key])
        said = await analyst.explain(ExplainRequest("T | take 1", CATALOG, record=tape.append))
        prepared = await analyst.prepare(task_of(rows_of([f"curl -H {key}"]), record=tape.append))
        items = [item async for item in prepared.run()]
        server.next(Failure(400, f"the header said {key}"))
        with pytest.raises(AnalystError) as refused:
            await analyst.explain(ExplainRequest("T | take 1", CATALOG, record=tape.append))
    assert key not in repr((said, items, tape)) + str(refused.value) + repr(refused.value)
    assert "[hidden]" in repr(said)
    assert "[hidden]" in repr(tape)
