"""The model endpoint of the settings, and the models known there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from soc_tui.config.endpoint import deployment, is_azure
from soc_tui.config.settings import OpenAISettings
from soc_tui.model.limits import ModelSpec
from soc_tui.workspaces.kinds import Credential

if TYPE_CHECKING:
    from soc_tui.analysts.openai.endpoint import Endpoint


def open_endpoint(chosen: OpenAISettings, credential: Credential) -> Endpoint:
    """Where the model is. Nothing is sent.

    Args:
        credential: Signs in to Azure OpenAI where no key is set; asked for only then.

    Raises:
        CredentialError: the credential is not complete.
    """
    from soc_tui.analysts.openai.answer_limits import AnswerLimits
    from soc_tui.analysts.openai.endpoint import Endpoint

    limits = AnswerLimits(chosen.answer_seconds, int(chosen.answer_mb * 2**20))
    if not is_azure(chosen):
        return Endpoint(chosen.base_url, chosen.api_key.reveal(), limits=limits)
    azure = Endpoint(
        chosen.azure_endpoint,
        chosen.azure_key.reveal(),
        azure=True,
        api_version=chosen.api_version,
        limits=limits,
    )
    if chosen.azure_key:
        return azure
    signs_in = credential()
    scope = f"{chosen.azure_audience.rstrip('/')}/.default"

    async def token() -> str:
        return (await signs_in.get_token(scope)).token

    return replace(azure, token=token, close=signs_in.close)


def model_name(chosen: OpenAISettings) -> str:
    """What requests name as their model."""
    return deployment(chosen) if is_azure(chosen) else chosen.model


def models_there(
    chosen: OpenAISettings,
    models: Mapping[str, ModelSpec],
    built_in: Mapping[str, ModelSpec],
) -> Mapping[str, ModelSpec]:
    """What is known of the models that can be asked.

    Azure OpenAI has its own prices and rates: of a deployment they are known only when the user
    has entered them in models.toml under its name. Context and encoding are those of the model.
    """
    if not is_azure(chosen):
        return models
    name = deployment(chosen)
    own = models.get(name)
    if own is not None and own != built_in.get(name):
        return {name: own}
    behind = models.get(name if chosen.model == "auto" else chosen.model)
    if behind is None:
        return {}
    unpriced = ModelSpec(
        name,
        behind.context_tokens,
        encoding=behind.encoding,
        max_output_tokens=behind.max_output_tokens,
        source=behind.source,
        date=behind.date,
    )
    return {name: unpriced}
