"""Which model takes a call, what it costs, and when the answer is no. Pure."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from soc_tui.model.errors import RefusedError
from soc_tui.model.limits import Limits, ModelSpec
from soc_tui.model.quote import Quote, Unseen, price_text

AUTOMATIC = "auto"
"""The model name that means: choose for me. An empty name means the same."""

UNKNOWN_MODEL_ENCODING = "o200k_base"
"""Encoding that a model outside models.toml is counted with."""

_PER_MILLION = Decimal(1_000_000)
_DATED = re.compile(r"-\d{4}-\d{2}-\d{2}$")
_WHAT_TO_DO = (
    "Narrow the time range, ask for fewer fields, lower the row cap (take), "
    "or allow another model or tier."
)


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


def price(spec: ModelSpec | None, tokens_in: int, tokens_out: int) -> Decimal | None:
    """USD for a call's tokens; None when the model or one of its prices is unknown.

    Cached input tokens are priced as input: an upper bound, as models.toml has no cached price.
    """
    if spec is None or spec.input_price is None or spec.output_price is None:
        return None
    return (tokens_in * spec.input_price + tokens_out * spec.output_price) / _PER_MILLION


def is_automatic(model: str) -> bool:
    """True for a name that leaves the choice to us."""
    return model.strip().lower() in {"", AUTOMATIC}


def spec_of(model: str, models: Mapping[str, ModelSpec]) -> ModelSpec | None:
    """The row of a model, also of its dated snapshot (`gpt-5-mini-2025-08-07`), or None."""
    return models.get(model) or models.get(_DATED.sub("", model))


def candidates(models: Mapping[str, ModelSpec], limits: Limits) -> tuple[ModelSpec, ...]:
    """Models that may be chosen automatically: allowed, known, and with known prices."""
    return tuple(
        spec
        for name, spec in models.items()
        if (not limits.allowed_models or name in limits.allowed_models)
        and price(spec, 1, 1) is not None
    )


def encodings_needed(models: Mapping[str, ModelSpec], limits: Limits, wanted: str) -> set[str]:
    """Encodings to count the prompt with before `choose`."""
    if is_automatic(wanted):
        return {spec.encoding for spec in candidates(models, limits)}
    spec = spec_of(wanted, models)
    return {spec.encoding if spec else UNKNOWN_MODEL_ENCODING}


def choose(
    counts: Mapping[str, int],
    models: Mapping[str, ModelSpec],
    limits: Limits,
    *,
    tier: str,
    wanted: str = "",
    most_output: int,
) -> Estimate:
    """The wanted model, or the cheapest allowed one that fits; ties go to the larger context.

    Args:
        counts: Input tokens of the whole prompt by encoding name (see `encodings_needed`).
        tier: Usage tier ("1" ... "5") whose tokens per minute apply.
        wanted: Model the analyst named; empty or "auto" to choose.
        most_output: Most output tokens the call may use. Less is allowed where the model, its
            context or `limits.max_price` leave less, never less than the assumed output.

    Raises:
        RefusedError: nothing fits; says which limit, by how much, and what to do.
    """
    rules = _Rules(limits, tier, most_output)
    if is_automatic(wanted):
        return _cheapest(candidates(models, limits), counts, rules)
    return _named(wanted, spec_of(wanted, models), counts, rules)


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
    )


@dataclass(frozen=True, slots=True)
class _Rules:
    limits: Limits
    tier: str
    most_output: int

    def rate(self, spec: ModelSpec | None) -> int | None:
        return spec.tokens_per_minute.get(self.tier) if spec else None


def _cheapest(specs: tuple[ModelSpec, ...], counts: Mapping[str, int], rules: _Rules) -> Estimate:
    if not specs:
        raise RefusedError(
            "No model may be used.",
            "None of the allowed models is in models.toml with a known price.",
            "Add one to models.toml, change limits.allowed_models, or name a model.",
        )
    estimates = [_estimate(spec.name, spec, counts[spec.encoding], rules) for spec in specs]
    obstacles = {estimate.model: _obstacles(estimate, rules) for estimate in estimates}
    fitting = [estimate for estimate in estimates if not obstacles[estimate.model]]
    if not fitting:
        why = "; ".join(text for texts in obstacles.values() for text in texts)
        raise RefusedError("No allowed model can take this.", f"{why}.", _WHAT_TO_DO)
    best = min(fitting, key=_cheapest_first)
    others = [texts[0] for texts in obstacles.values() if texts]
    return dataclasses.replace(best, reason=_reason(best, len(fitting), others))


def _named(
    wanted: str, spec: ModelSpec | None, counts: Mapping[str, int], rules: _Rules
) -> Estimate:
    allowed = rules.limits.allowed_models
    if allowed and wanted not in allowed:
        raise RefusedError(
            f"The model {wanted} is not allowed.",
            f"Allowed: {', '.join(allowed)}.",
            "Choose one of these, or change limits.allowed_models.",
        )
    encoding = spec.encoding if spec else UNKNOWN_MODEL_ENCODING
    estimate = _estimate(wanted, spec, counts[encoding], rules)
    obstacles = _obstacles(estimate, rules)
    if obstacles:
        raise RefusedError(f"{wanted} cannot take this.", f"{'; '.join(obstacles)}.", _WHAT_TO_DO)
    reason = f"{wanted} was named. {_ceiling(estimate)}"
    return dataclasses.replace(estimate, reason=reason)


def _estimate(name: str, spec: ModelSpec | None, tokens_in: int, rules: _Rules) -> Estimate:
    assumed = rules.limits.assumed_output_tokens
    most = _output_cap(spec, tokens_in, rules.limits, rules.most_output)
    rate = rules.rate(spec)
    estimate = Estimate(
        model=name,
        spec=spec,
        tokens_in=tokens_in,
        tokens_out_assumed=assumed,
        tokens_out_most=most,
        price=price(spec, tokens_in, assumed),
        price_most=price(spec, tokens_in, most),
        context_share=(tokens_in + assumed) / spec.context_tokens if spec else None,
        rate_share=(tokens_in + assumed) / rate if rate else None,
    )
    return dataclasses.replace(estimate, warnings=tuple(_warnings(estimate, rules)))


def _output_cap(spec: ModelSpec | None, tokens_in: int, limits: Limits, most_output: int) -> int:
    caps = [most_output]
    if spec is not None:
        caps.append(spec.context_tokens - tokens_in)
        if spec.max_output_tokens is not None:
            caps.append(spec.max_output_tokens)
        if limits.max_price is not None and spec.output_price:
            rest = limits.max_price - (price(spec, tokens_in, 0) or Decimal(0))
            caps.append(int(rest * _PER_MILLION / spec.output_price))
    return max(min(caps), limits.assumed_output_tokens)


def _obstacles(estimate: Estimate, rules: _Rules) -> list[str]:
    """Each limit that the call breaks, with figures; empty when it fits."""
    name, spec, cap = estimate.model, estimate.spec, rules.limits.max_price
    total = estimate.tokens_in + estimate.tokens_out_assumed
    rate = rules.rate(spec)
    found = []
    if spec is not None and total > spec.context_tokens:
        found.append(_over(name, total, "its context", spec.context_tokens))
    if rate is not None and total > rate:
        found.append(_over(name, total, f"the tokens per minute of tier {rules.tier}", rate))
    if cap is not None and estimate.price_most is None:
        found.append(
            f"{name}: its price is unknown, so the cap of {price_text(cap)} a call cannot be held "
            "(enter its price in models.toml)"
        )
    elif cap is not None and estimate.price_most is not None and estimate.price_most > cap:
        found.append(
            f"{name}: {price_text(estimate.price_most)} for {total:,} tokens, over the cap of "
            f"{price_text(cap)} a call"
        )
    return found


def _over(name: str, tokens: int, limit_name: str, limit: int) -> str:
    return f"{name}: {tokens:,} tokens, {tokens / limit:.2f}x {limit_name} of {limit:,}"


def _warnings(estimate: Estimate, rules: _Rules) -> list[str]:
    name, spec, warn_share = estimate.model, estimate.spec, rules.limits.warn_share
    found = []
    if estimate.context_share is not None and estimate.context_share >= warn_share:
        found.append(f"{estimate.context_share:.0%} of the context of {name} used.")
    if estimate.rate_share is not None and estimate.rate_share >= warn_share:
        share = f"{estimate.rate_share:.0%}"
        found.append(f"{share} of the tokens per minute of tier {rules.tier} used.")
    if spec is None:
        found.append(f"{name} is not in models.toml: its context, rate and price are unknown.")
        return found
    if estimate.price is None:
        found.append(f"The price of {name} is unknown.")
    if rules.rate(spec) is None:
        found.append(f"The tokens per minute of {name} in tier {rules.tier} are unknown.")
    return found


def _cheapest_first(estimate: Estimate) -> tuple[Decimal, int, str]:
    context = estimate.spec.context_tokens if estimate.spec else 0
    return (estimate.price or Decimal(0), -context, estimate.model)


def _reason(best: Estimate, fitting: int, others: list[str]) -> str:
    text = f"{best.model} is the cheapest of {fitting} allowed models that fit"
    if fitting == 1:
        text = f"{best.model} is the only allowed model that fits"
    why_not = f" ({'; '.join(others)})" if others else ""
    return f"{text}{why_not}. {_ceiling(best)}"


def _ceiling(estimate: Estimate) -> str:
    most = "" if estimate.price_most is None else f", at most {price_text(estimate.price_most)}"
    return f"Output is capped at {estimate.tokens_out_most:,} tokens{most}."
