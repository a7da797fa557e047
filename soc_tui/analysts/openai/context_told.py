"""The context that a server names when it rejects a request as too long. Pure.

vLLM, SGLang, DeepSeek and others count the answer's cap with the prompt. As they word it:
vllm/renderers/params.py ("… maximum context length is 4096 tokens. However, you requested 16384
output tokens and your prompt contains at least 1616 input tokens"), older vLLM and OpenAI ("(1616
in the messages, 16384 in the completion)"), SGLang ("1616 tokens from the input messages and …").
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_CONTEXT = re.compile(r"maximum (?:context|model) length (?:is|of) (\d{3,9})\b", re.IGNORECASE)
_PROMPT = re.compile(
    r"(at least )?\b(\d{1,9}) (?:in (?:the|your) (?:messages|prompt)|input tokens"
    r"|tokens from the input)",
    re.IGNORECASE,
)
_ANSWER_SHARE = 3
_LEAST_ANSWER = 256
_MARGIN = 8  # the chat template's tokens may be counted differently the second time


@dataclass(frozen=True, slots=True)
class ContextTold:
    """What a rejection says.

    Attributes:
        context: Tokens of prompt and answer together.
        prompt: Tokens of the prompt; None where only "at least" so many are told.
    """

    context: int
    prompt: int | None

    @property
    def usual_cap(self) -> int:
        """Cap of answers of which the prompt is not counted by the server yet."""
        return self.context // _ANSWER_SHARE

    def cap(self, asked: int) -> int | None:
        """The cap with which the same request fits, below `asked`; None when none does."""
        left = self.usual_cap if self.prompt is None else self.context - self.prompt - _MARGIN
        return left if _LEAST_ANSWER <= left < asked else None


def context_told(words: str) -> ContextTold | None:
    """What the words of a rejection say of context and prompt; None where not of both."""
    context = _CONTEXT.search(words)
    prompt = _PROMPT.search(words)
    if context is None or prompt is None:
        return None
    return ContextTold(int(context[1]), None if prompt[1] else int(prompt[2]))
