"""Prices of model calls, and model lookup by name. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from soc_tui.model.budget import Budget, Cap
from soc_tui.model.coverage import Unseen
from soc_tui.model.limits import Limits, ModelSpec
from soc_tui.model.quote import Alternative, Quote, Usage

AUTOMATIC = "auto"
"""The model name that means: choose for me. An empty name means the same."""

UNKNOWN_MODEL_ENCODING = "o200k_base"
"""Encoding that a model outside models.toml is counted with."""

_PER_MILLION = Decimal(1_000_000)
_DATED = re.compile(r"-\d{4}-\d{2}-\d{2}$")


@dataclass(frozen=True, slots=True)
class Estimate:
    """One call to one model, before it is made.

    Attributes:
        spec: None for a model outside models.toml: its limits and price are unknown.
        tokens_out_most: What the request caps the output at (`max_completion_tokens`), tokens.
        price: USD for tokens_in and tokens_out_assumed; None when unknown.
        price_most: USD when the output fills tokens_out_most; None when unknown.
        context_share, rate_share: tokens_in and tokens_out_assumed as a share (0-1) of the context
            and of the tier's tokens per minute; None where that limit is unknown.
        alternatives: The other models, those that fit first, the cheapest first.
    """

    model: str
    spec: ModelSpec | None
    tokens_in: int
    tokens_out_assumed: int
    tokens_out_most: int
    price: Decimal | None
    price_most: Decimal | None
    context_share: float | None
    rate_share: float | None
    reason: str = ""
    warnings: tuple[str, ...] = ()
    alternatives: tuple[Alternative, ...] = ()


def price(
    spec: ModelSpec | None,
    tokens_in: int,
    tokens_out: int,
    *,
    cached: int = 0,
    cache_writes: int = 0,
) -> Decimal | None:
    """USD for a call's tokens; None when the model or one of its prices is unknown.

    Args:
        cached: Those of tokens_in that were read from the cache.
        cache_writes: Those of tokens_in that were written to it.

    Source: https://developers.openai.com/api/docs/guides/prompt-caching
    """
    if spec is None or spec.input_price is None or spec.output_price is None:
        return None
    cached = min(max(cached, 0), tokens_in)
    written = min(max(cache_writes, 0), tokens_in - cached)
    cached_price = spec.input_price if spec.cached_price is None else spec.cached_price
    return (
        (tokens_in - cached - written) * spec.input_price
        + cached * cached_price
        + written * (spec.cache_write_price or spec.input_price)
        + tokens_out * spec.output_price
    ) / _PER_MILLION


def price_before(spec: ModelSpec | None, tokens_in: int, tokens_out: int) -> Decimal | None:
    """USD for a call that is not made yet: nothing is cached, and all of it may be written."""
    return price(spec, tokens_in, tokens_out, cache_writes=tokens_in)


def output_for(money: Decimal, output_price: Decimal) -> int:
    """Output tokens that USD pay for, at USD per million."""
    return int(money * _PER_MILLION / output_price)


def is_automatic(model: str) -> bool:
    """True for a name that leaves the choice to us."""
    return model.strip().lower() in {"", AUTOMATIC}


def spec_of(model: str, models: Mapping[str, ModelSpec]) -> ModelSpec | None:
    """The row of a model, also of its dated snapshot (`gpt-5-mini-2025-08-07`), or None."""
    return models.get(model) or models.get(_DATED.sub("", model))


def usage_before(estimate: Estimate) -> Usage:
    """The call as its estimate has it."""
    return Usage(
        estimate.model, estimate.tokens_in, estimate.tokens_out_assumed, price=estimate.price
    )


def caps(limits: Limits, budget: Budget) -> tuple[Cap, ...]:
    """The limits on money: of the call, of the day and of the session."""
    most = limits.max_price
    call = () if most is None else (Cap("the cap per call", "limits.max_price", most),)
    return (*call, *budget.caps)


def quote(estimate: Estimate, unseen: Unseen) -> Quote:
    """The estimate of a hunting call as shown to the analyst."""
    return Quote(
        model=estimate.model,
        tokens_in=estimate.tokens_in,
        tokens_out_assumed=estimate.tokens_out_assumed,
        price=estimate.price,
        unseen=unseen,
        reason=estimate.reason,
        context_share=estimate.context_share,
        rate_share=estimate.rate_share,
        warnings=estimate.warnings,
        price_most=estimate.price_most,
        alternatives=estimate.alternatives,
    )
