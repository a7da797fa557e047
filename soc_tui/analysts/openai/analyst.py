"""Analyst over any endpoint that speaks OpenAI chat completions (OpenAI, Azure, Ollama, vLLM)."""

from __future__ import annotations

import asyncio
import datetime as dt
import functools
from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar

from soc_tui.analysts import (
    ExplainAnswer,
    ExplainRequest,
    FindingAnswer,
    FindingQuestion,
    HuntTask,
    PlanAnswer,
    PlanRequest,
    RepairAnswer,
    RepairRequest,
    Reserve,
    Tell,
)
from soc_tui.analysts.cost import model_choice, pricing
from soc_tui.analysts.cost.rate_limits import MINUTE_SECONDS, RateLimiter
from soc_tui.analysts.openai import explain_and_repair, finding_questions
from soc_tui.analysts.openai import plan_conversation as planning
from soc_tui.analysts.openai.calls import Calls, count_request, own_count, usage_of
from soc_tui.analysts.openai.endpoint import Endpoint
from soc_tui.analysts.openai.hunt import PreparedOpenAIHunt
from soc_tui.analysts.openai.json_answer import Form, ask, charged
from soc_tui.analysts.openai.plan_tools import UnreadablePlanError, tools, unreadable
from soc_tui.analysts.openai.quoting import Market, Quoting
from soc_tui.analysts.openai.replies import Answer
from soc_tui.model.budget import Budget
from soc_tui.model.errors import AnalystError
from soc_tui.model.exchange import Record
from soc_tui.model.limits import Limits, ModelSpec
from soc_tui.model.plan import Reply
from soc_tui.model.quote import Usage
from soc_tui.threads import to_the_end

T = TypeVar("T")

_PLANNING_ATTEMPTS = 2


class _Heard(Protocol):
    """A request whose call is heard: who gets its notices, its messages and its estimate."""

    @property
    def tell(self) -> Tell: ...

    @property
    def record(self) -> Record: ...

    @property
    def reserve(self) -> Reserve: ...


class OpenAIAnalyst:
    """Plans and hunts with a chat model.

    Args:
        endpoint: Where the models are.
        model: Name (of Azure OpenAI, of the deployment), or "auto" for the cheapest allowed one
            that fits each call.
        tier: Usage tier of the account, for tokens per minute.
        models: What is known of models (guardrails.models).
        limits: Allowed models, assumed output, price cap.
        timeout_seconds: Longest silence of the service, seconds.
        budget: What was spent so far beside `limits`; asked in a thread before each call.
        minute_seconds: Length of the minute of the rate limits; tests take a shorter one.

    Heavy to import and to make (TLS context): do both in a thread.
    """

    def __init__(
        self,
        *,
        endpoint: Endpoint,
        model: str,
        tier: str,
        models: Mapping[str, ModelSpec],
        limits: Limits,
        timeout_seconds: float,
        budget: Callable[[], Budget] | None = None,
        minute_seconds: float = MINUTE_SECONDS,
    ) -> None:
        self._endpoint = endpoint
        self._client = endpoint.client(timeout_seconds)
        self._calls = Calls(self._client, explains=endpoint.explains)
        self._model = model
        self._tier = tier
        self._models = models
        self._limits = limits
        self._budget = budget or functools.partial(Budget, limits)
        self._minute_seconds = minute_seconds
        self._limiters: dict[str, RateLimiter] = {}

    @property
    def name(self) -> str:
        """The model's name, or "auto"."""
        return pricing.AUTOMATIC if pricing.is_automatic(self._model) else self._model

    @property
    def offline(self) -> bool:
        """False: request and rows go to the service."""
        return False

    async def plan(self, request: PlanRequest) -> PlanAnswer:
        """Ask for one plan, answer or question; what cannot be read is sent back once.

        Raises:
            AnalystError: the call failed, or no usable plan came.
            RefusedError: over a limit before anything was sent.
        """
        conversation: list[Any] = await asyncio.to_thread(planning.messages, request)
        form = {
            "tools": tools(request.catalog, may_ask=request.may_ask),
            "tool_choice": "required",
            "parallel_tool_calls": False,
        }
        spent: Usage | None = None
        problem = AnalystError("No plan was made.")
        for _ in range(_PLANNING_ATTEMPTS):
            with charged(spent):
                answer, usage = await self._complete(
                    conversation, form, planning.MOST_OUTPUT_TOKENS, request
                )
            spent = usage.plus(spent) if spent else usage
            with charged(spent):
                outcome = planning.read_answer(answer)
            if isinstance(outcome, Reply) and outcome.question and not request.may_ask:
                outcome = unreadable("you have asked already; plan with what you know.")
            if not isinstance(outcome, UnreadablePlanError):
                return PlanAnswer(outcome, spent)
            problem = outcome
            conversation.append(planning.try_again(problem.why))
        problem.usage = spent
        raise problem

    async def explain(self, request: ExplainRequest) -> ExplainAnswer:
        """Ask what a query does.

        Raises:
            AnalystError: the call failed, or no usable explanation came.
            RefusedError: over a limit before anything was sent.
        """
        messages = explain_and_repair.explain_messages(request)
        answer, usage = await self._ask(explain_and_repair.EXPLAINED, messages, request)
        with charged(usage):
            explained = explain_and_repair.explanation(answer, request.kql, usage.model)
        return ExplainAnswer(explained, usage)

    async def repair(self, request: RepairRequest) -> RepairAnswer:
        """Ask for a correction of a rejected query.

        Raises:
            AnalystError: the call failed, or no usable correction came.
            RefusedError: over a limit before anything was sent.
        """
        messages = explain_and_repair.repair_messages(request)
        answer, usage = await self._ask(explain_and_repair.REPAIRED, messages, request)
        with charged(usage):
            kql, words = explain_and_repair.repaired(answer, request)
        return RepairAnswer(kql, words, usage)

    async def discuss(self, question: FindingQuestion) -> FindingAnswer:
        """Ask ask about a finding.

        Raises:
            AnalystError: the call failed, or no usable answer came.
            RefusedError: over a limit before anything was sent.
        """
        messages = await asyncio.to_thread(finding_questions.messages, question)
        answer, usage = await self._ask(finding_questions.REMARK, messages, question)
        with charged(usage):
            text, kql = finding_questions.said(answer)
        return FindingAnswer(text, kql, usage=usage)

    async def prepare(self, task: HuntTask) -> PreparedOpenAIHunt:
        """Pack, count, choose the model and price the call, all in a thread. Sends nothing.

        Raises:
            RefusedError: fits no allowed model.
        """
        return await asyncio.to_thread(self._prepare, task)

    async def aclose(self) -> None:
        """Close the connections and the sign-in."""
        await self._client.close()
        await self._endpoint.close()

    def _prepare(self, task: HuntTask) -> PreparedOpenAIHunt:
        wanted = task.model or self._model
        encodings = model_choice.encodings_needed(self._models, wanted)
        budget = self._budget()
        market = Market(
            choose=functools.partial(self._choose, budget=budget),
            encodings=frozenset(encodings),
            models=self._models,
            limits=self._limits,
            budget=budget,
            rate=self._rate,
            today=_today(),
        )
        quoting = Quoting(task, wanted, market)
        chunks = quoting.chunks()
        limiter = self._limiter(chunks[0].estimate.model)
        calls = self._calls.recorded_by(task.record)
        return PreparedOpenAIHunt(calls, task, quoting, chunks, limiter)

    def _rate(self, model: str) -> int | None:
        """Tokens per minute: of the tier, or what the service told if that is less."""
        spec = pricing.spec_of(model, self._models)
        tier = spec.tokens_per_minute.get(self._tier) if spec else None
        known = (tier, self._limiter(model).limit)
        return min((limit for limit in known if limit is not None), default=None)

    def _limiter(self, model: str) -> RateLimiter:
        """Of all calls to that model."""
        if model not in self._limiters:
            spec = pricing.spec_of(model, self._models)
            limit = spec.tokens_per_minute.get(self._tier) if spec else None
            self._limiters[model] = RateLimiter(limit, minute=self._minute_seconds)
        return self._limiters[model]

    async def _ask(self, form: Form[T], messages: list[Any], request: _Heard) -> tuple[T, Usage]:
        shape = {"response_format": form.response_format}

        async def send(conversation: list[Any]) -> tuple[Answer, Usage]:
            return await self._complete(
                conversation, shape, explain_and_repair.MOST_OUTPUT_TOKENS, request
            )

        return await ask(form, messages, send)

    async def _complete(
        self,
        conversation: list[Any],
        form: Mapping[str, Any],
        most_output: int,
        request: _Heard,
    ) -> tuple[Answer, Usage]:
        """One whole answer and what it took; `form` holds the tools or the response format."""
        schema = form.get("tools") or form["response_format"]
        estimate = await asyncio.to_thread(self._choose_for, conversation, schema, most_output)
        await to_the_end(request.reserve, pricing.usage_before(estimate), estimate.price_most)
        answer = await self._calls.recorded_by(request.record).complete(
            {
                "model": estimate.model,
                "messages": conversation,
                **form,
                "max_completion_tokens": estimate.tokens_out_most,
            },
            request.tell,
        )
        self._limiter(estimate.model).used(estimate.tokens_in + estimate.tokens_out_most)
        usage = (
            usage_of(answer.counted, estimate.model, estimate.spec)
            if answer.counted
            else own_count(estimate.model, estimate.spec, estimate.tokens_in, answer.said)
        )
        return answer, usage

    def _choose_for(
        self, conversation: list[Any], schema: object, most_output: int
    ) -> pricing.Estimate:
        encodings = model_choice.encodings_needed(self._models, self._model)
        counts = count_request(conversation, schema, encodings)
        return self._choose(counts, self._model, most_output)

    def _choose(
        self,
        counts: Mapping[str, int],
        wanted: str,
        most_output: int,
        budget: Budget | None = None,
    ) -> pricing.Estimate:
        return model_choice.choose(
            counts,
            self._models,
            self._limits,
            tier=self._tier,
            wanted=wanted,
            most_output=most_output,
            budget=budget or self._budget(),
            today=_today(),
        )


def _today() -> dt.date:
    return dt.datetime.now(dt.UTC).date()
