"""A server that counts the answer's cap with the prompt gets a cap that fits."""

from typing import Any

import pytest

from soc_tui.analysts.openai.context_told import ContextTold, context_told
from soc_tui.model.limits import Limits
from tests.analysts.openai.cases import AnalystFactory, plan_request, rows_of, task_of
from tests.analysts.openai.test_hunt import SUSPICIOUS, collect
from tests.wire.openai_faults import Failure
from tests.wire.openai_http import prompt_tokens
from tests.wire.openai_server import OpenAIServer

VLLM = (
    "This model's maximum context length is {context} tokens. However, you requested {cap} output "
    "tokens and your prompt contains {prompt} input tokens, for a total of {total} tokens. Please "
    "reduce the length of the input prompt or the number of requested output tokens."
)
OLDER = (
    "This model's maximum context length is {context} tokens. However, you requested {total} "
    "tokens ({prompt} in the messages, {cap} in the completion). Please reduce the length."
)
SGLANG = (
    "Requested token count exceeds the model's maximum context length of {context} tokens. You "
    "requested a total of {total} tokens: {prompt} tokens from the input messages and {cap} tokens "
    "for the completion."
)
FIGURES = {"context": 8192, "cap": 16384, "total": 18000}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        *((form.format(prompt=1616, **FIGURES), ContextTold(8192, 1616))
          for form in (VLLM, OLDER, SGLANG)),
        (VLLM.format(prompt="at least 1616", **FIGURES), ContextTold(8192, None)),
        ("This model's maximum context length is 8192 tokens.", None),
        ("max_tokens is too large: 16384", None),
        ("the maximum context length was exceeded", None),
    ],
)  # fmt: skip
def test_what_a_rejection_says(words: str, told: ContextTold | None) -> None:
    assert context_told(words) == told


@pytest.mark.parametrize(
    ("told", "asked", "cap"),
    [
        (ContextTold(8192, 1616), 16384, 6568),
        (ContextTold(8192, None), 16384, 2730),
        (ContextTold(8192, 8100), 16384, None),
        (ContextTold(8192, 1616), 4096, None),
        (ContextTold(8192, None), 0, None),
    ],
)
def test_the_cap_that_fits(told: ContextTold, asked: int, cap: int | None) -> None:
    assert told.cap(asked) == cap


@pytest.mark.parametrize("words", [VLLM, OLDER, SGLANG])
async def test_a_hunt_goes_on_within_the_context_that_the_server_named(
    analyst_of: AnalystFactory, words: str
) -> None:
    context = 9_000

    def refuses(body: dict[str, Any]) -> Failure | None:
        prompt, cap = prompt_tokens(body), body["max_completion_tokens"]
        figures = {"context": context, "prompt": prompt, "cap": cap, "total": prompt + cap}
        fits = prompt + cap <= context
        return None if fits else Failure(400, words.format_map(figures))

    with OpenAIServer() as server:
        server.refuses = refuses
        analyst = analyst_of(server, model="local", limits=Limits(max_price=None))
        await analyst.plan(plan_request())
        caps = [request.body["max_completion_tokens"] for request in server.requests]
        hunts = [await analyst.prepare(task_of(rows_of(SUSPICIOUS))) for _ in range(2)]
        ended = [await collect(hunt.run()) for hunt in hunts]
        assert len(server.requests) == len(caps) + 2
    first, second = caps
    assert first > second > context // 3
    for findings, _, _, problem in ended:
        assert problem is None
        assert len(findings) == 5
