"""The offline analyst explains by the parser and repairs by the nearest names."""

import datetime as dt

import pytest

from soc_tui.analysts import ExplainRequest, RepairRequest
from soc_tui.analysts.offline import OfflineAnalyst
from soc_tui.guardrails.catalog import load_catalog
from soc_tui.model.errors import AnalystError
from soc_tui.model.limits import Limits

NOW = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)


def request(kql: str, problem: str, refused: str = "", feedback: str = "") -> RepairRequest:
    return RepairRequest("", kql, problem, load_catalog(), Limits(), NOW, refused, feedback)


async def test_it_explains_for_nothing() -> None:
    answer = await OfflineAnalyst().explain(ExplainRequest("SigninLogs | take 1", load_catalog()))
    assert answer.usage is None
    assert answer.explanation.author == "the KQL parser"
    assert "Keep at most 1 row" in answer.explanation.passages[1].words


async def test_it_repairs_near_names_and_says_so() -> None:
    answer = await OfflineAnalyst().repair(
        request("SigninLog | take 1", "There is no table 'SigninLog' in this workspace.")
    )
    assert answer.kql == "SigninLogs | take 1"
    assert answer.words == "SigninLog became SigninLogs, the nearest table."
    again = await OfflineAnalyst().repair(
        request("x", "y", "SigninLogs | take 1 | project IPAdress", "no column 'IPAdress'")
    )
    assert again.kql.endswith("project IPAddress")


async def test_it_says_that_it_cannot() -> None:
    with pytest.raises(AnalystError, match="cannot repair") as error:
        await OfflineAnalyst().repair(request("SigninLogs | where x == 1", "It took too long."))
    assert error.value.next_step
