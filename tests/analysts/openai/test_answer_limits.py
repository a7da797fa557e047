"""A server that never ends its answer is left at a limit, with an error that says which."""

import re
from collections.abc import AsyncIterator

import httpx2
import pytest

from soc_tui.analysts import Notice
from soc_tui.analysts.openai.answer_limits import AnswerLimits, LimitedClient, OverLimitError
from soc_tui.analysts.openai.calls import Calls
from soc_tui.analysts.openai.endpoint import Endpoint
from soc_tui.model.errors import AnalystError
from tests.analysts.openai.cases import AnalystFactory, plan_request, rows_of, task_of
from tests.analysts.openai.test_hunt import SUSPICIOUS, collect
from tests.wire.endless_server import ANSWERS, EndlessServer
from tests.wire.openai_server import OpenAIServer

MOST = 2**18
LIMITS = AnswerLimits(seconds=0.2, size=MOST)
IN_THE_SOCKET = 8 * 2**20
"""What the system holds between two ends of a loopback connection, at most."""


@pytest.mark.parametrize("answer", ANSWERS)
async def test_an_answer_without_end_ends_in_an_error(
    analyst_of: AnalystFactory, answer: str
) -> None:
    with OpenAIServer() as other, EndlessServer(answer) as server:
        analyst = analyst_of(other, endpoint=Endpoint(server.base_url, "key", limits=LIMITS))
        with pytest.raises(AnalystError, match="went over a limit") as planning:
            await analyst.plan(plan_request())
        prepared = await analyst.prepare(task_of(rows_of(SUSPICIOUS[:1])))
        *_, hunting = await collect(prepared.run())
        assert server.sent < MOST + IN_THE_SOCKET
    for problem in (planning.value, hunting):
        assert problem is not None
        assert re.search(r"openai\.answer_(seconds|mb)", problem.next_step)


@pytest.mark.parametrize("answer", ["empty deltas", "reasoning", "refusal", "text"])
async def test_a_server_that_ignores_the_cap_on_tokens_is_left(answer: str) -> None:
    request = {"model": "m", "messages": [], "max_completion_tokens": 10}
    with EndlessServer(answer) as server:
        client = Endpoint(server.base_url).client(10)
        count = 0
        async with client:
            async for opened in Calls(client).stream(request):
                assert not isinstance(opened, Notice)
                with pytest.raises(OverLimitError, match="twice the tokens"):
                    async with opened:
                        async for _ in opened:
                            count += 1
    assert count == 220


class Pieces(httpx2.AsyncByteStream):
    """A body of so many pieces."""

    def __init__(self, piece: bytes, count: int) -> None:
        self._piece = piece
        self._count = count

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for _ in range(self._count):
            yield self._piece


@pytest.mark.parametrize(
    ("piece", "count", "read"),
    [
        (b"a" * 2**20, 8, True),
        (b"a" * 2**20, 9, False),
        (b"a" * (2**20 - 1) + b"\n", 20, True),
        (b"\n" + b"a" * 2**20, 20, True),
    ],
)
async def test_a_line_has_a_limit_of_its_own(piece: bytes, count: int, read: bool) -> None:
    client = LimitedClient(AnswerLimits(seconds=60, size=32 * 2**20))
    response = httpx2.Response(
        200, stream=Pieces(piece, count), request=httpx2.Request("GET", "http://x")
    )
    async with client:
        response.request.extensions["soc_tui_deadline"] = float("inf")
        for hook in client.event_hooks["response"]:
            await hook(response)
        if read:
            assert len(await response.aread()) == len(piece) * count
        else:
            with pytest.raises(OverLimitError, match="a line of more than 8 MiB"):
                await response.aread()
