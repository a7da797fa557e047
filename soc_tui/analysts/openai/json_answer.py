"""Requests one JSON object from a model, validates it, and retries once if it is not valid."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter, ValidationError

from soc_tui.analysts.openai.replies import Answer
from soc_tui.analysts.openai.server_forms import json_object
from soc_tui.analysts.openai.strict_schema import strict_schema
from soc_tui.analysts.packing.cell_text import escape
from soc_tui.model.errors import AnalystError, RefusedError
from soc_tui.model.quote import Usage

ATTEMPTS = 2
"""Times an answer is asked for before one that cannot be read counts."""

T = TypeVar("T")
Ask = Callable[[list[Any]], Awaitable[tuple[Answer, Usage]]]
"""Sends a conversation; gives the answer and what it took."""


class Form(Generic[T]):
    """The form of an answer.

    Args:
        kind: A dataclass whose fields are the object's.
        name: Name of the schema.
        doing: What the model was asked to do, for messages: "explain the query".
    """

    def __init__(self, kind: type[T], name: str, doing: str) -> None:
        self._adapter = TypeAdapter(kind)
        self.doing = doing
        self.response_format = {
            "type": "json_schema",
            "json_schema": {
                "name": name,
                "strict": True,
                "schema": strict_schema(self._adapter.json_schema()),
            },
        }

    def read(self, answer: Answer) -> T:
        """The object of an answer.

        Raises:
            ValueError: the answer has not that form; worth one more try. The text says why.
            AnalystError: the model refused, or was stopped.
        """
        raise_if_stopped(
            answer, self.doing, "Do it manually, or use another model or the offline analyst."
        )
        if not answer.text:
            raise ValueError("the answer was empty.")
        try:
            return self._adapter.validate_json(json_object(answer.text) or answer.text)
        except ValidationError as error:
            first = error.errors(include_url=False, include_context=False, include_input=False)[0]
            place = ".".join(str(part) for part in first["loc"])
            raise ValueError(escape(f"{place} {first['msg']}.".strip())[:300]) from None


def raise_if_stopped(answer: Answer, doing: str, next_step: str) -> None:
    """Raise AnalystError for an answer that asking again would not change.

    Args:
        doing: What the model was asked to do: "explain the query".
    """
    if answer.refusal:
        why = f"It said: {escape(answer.refusal)[:300]}"
        raise AnalystError(f"The model refused to {doing}.", why, next_step)
    if answer.finish_reason == "content_filter":
        what = "The content filter of the LLM service stopped the model."
        raise AnalystError(what, f"It was to {doing}.", next_step)
    if answer.finish_reason == "length":
        what = "The model ran out of output tokens."
        raise AnalystError(what, f"It was to {doing}.", next_step)


@contextmanager
def charged(spent: Usage | None) -> Iterator[None]:
    """What is raised in here carries what was spent."""
    try:
        yield
    except (AnalystError, RefusedError) as error:
        error.usage = spent
        raise


async def ask(form: Form[T], messages: Sequence[Any], send: Ask) -> tuple[T, Usage]:
    """The object, and what all calls took.

    Raises:
        AnalystError: a call failed, the model refused, or two answers could not be read; `usage`
            is what was spent.
    """
    conversation = list(messages)
    spent: Usage | None = None
    why = ""
    for _ in range(ATTEMPTS):
        with charged(spent):
            answer, usage = await send(conversation)
        spent = usage.plus(spent) if spent else usage
        try:
            with charged(spent):
                return form.read(answer), spent
        except ValueError as error:
            why = str(error)
            again = f"Your answer could not be used: {why} Answer again, completely."
            conversation.append({"role": "user", "content": again})
    raise AnalystError(
        f"The model's answer could not be read. It was to {form.doing}.",
        why[:1].upper() + why[1:],
        "Try again, choose another model, or do it manually.",
        usage=spent,
    )
