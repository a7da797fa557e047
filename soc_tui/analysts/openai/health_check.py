"""Checks that a model is reachable, without generating anything and so at no cost."""

from __future__ import annotations

import asyncio
import json

import openai
from openai import AsyncOpenAI

from soc_tui.analysts.cost.pricing import is_automatic
from soc_tui.analysts.openai.endpoint import Endpoint
from soc_tui.analysts.openai.failures import CALL_ERRORS, explain
from soc_tui.analysts.packing.cell_text import escape
from soc_tui.model.errors import AnalystError
from soc_tui.model.wording import number_of

_MOST_NAMES = 8
_LONGEST_NAME = 60


async def reach(endpoint: Endpoint, model: str, timeout_seconds: float) -> str:
    """What the service answers, in a few words.

    OpenAI and servers like it list their models. Azure OpenAI lists no deployments: it gets a
    request without messages, which it refuses after key and deployment were found to be good.

    Args:
        model: The model that is to be used, or "auto"; of Azure OpenAI the deployment.

    Raises:
        AnalystError: key, address or model are not good, or nobody answers.
    """
    client = await asyncio.to_thread(endpoint.client, timeout_seconds)  # reads certificates
    try:
        if endpoint.azure:
            return await _deployment(client, model)
        return await _listed(client, model, sure=endpoint.explains)
    finally:
        await client.close()


async def _listed(client: AsyncOpenAI, model: str, *, sure: bool) -> str:
    """Args: sure: The list has every model that may be asked, as OpenAI's has."""
    try:
        # Parsed here: the SDK's own page breaks on what is no JSON.
        answer = await client.models.with_raw_response.list()
        names = _names(json.loads(answer.http_response.content))
    except openai.NotFoundError as error:
        raise AnalystError(
            "No list of models at this address.",
            "The service answered with HTTP 404.",
            "Check openai.base_url; on most servers it ends in /v1.",
        ) from error
    except ValueError as error:
        raise _no_protocol() from error
    except CALL_ERRORS as error:
        raise explain(error, "the list of models") from None
    count = number_of(len(names), "model")
    if is_automatic(model) or model in names:
        return f"{count}, {model} of them" if model in names else count
    shown = ", ".join(names[:_MOST_NAMES]) + (" ..." if len(names) > _MOST_NAMES else "")
    if not sure:
        return f"{count} ({shown}), but not {model}"
    raise AnalystError(
        f"The account has no model {model}.",
        f"It has {shown}." if names else "Its list is empty.",
        "Choose another model (openai.model), or auto.",
    )


async def _deployment(client: AsyncOpenAI, deployment: str) -> str:
    try:
        await client.chat.completions.create(model=deployment, messages=[], max_completion_tokens=1)
    except openai.BadRequestError as error:
        if "messages" not in f"{error.param or ''} {error.message}":
            raise explain(error, deployment) from None
    except CALL_ERRORS as error:
        raise explain(error, deployment) from None
    return f"the deployment {deployment} exists"


def _names(document: object) -> list[str]:
    models = document.get("data") if isinstance(document, dict) else None
    if not isinstance(models, list):
        raise _no_protocol()
    found = (each.get("id") for each in models if isinstance(each, dict))
    return [escape(name)[:_LONGEST_NAME] for name in found if isinstance(name, str)]


def _no_protocol() -> AnalystError:
    return AnalystError(
        "The server at this address does not speak OpenAI's protocol.",
        "Its list of models is not JSON with data.",
        "Check openai.base_url; on most servers it ends in /v1.",
    )
