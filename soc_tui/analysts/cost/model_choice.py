"""Chooses the model for a call and says why the others do not fit. Pure."""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from soc_tui.analysts.cost.pricing import (
    UNKNOWN_MODEL_ENCODING,
    Estimate,
    caps,
    is_automatic,
    output_for,
    price,
    price_before,
    spec_of,
)
from soc_tui.model.budget import Budget, Cap
from soc_tui.model.errors import RefusedError
from soc_tui.model.limits import Limits, ModelSpec
from soc_tui.model.quote import Alternative, price_text

SHUTDOWN_NOTICE_DAYS = 30
"""A model that is shut down within so many days is quoted with a warning."""

_MOST_REASONS = 3
_WHAT_TO_DO = (
    "Narrow the time range, ask for fewer fields, lower the row cap (take), "
    "allow another model or tier, or raise the limit in the settings."
)


def candidates(
    models: Mapping[str, ModelSpec], limits: Limits, today: dt.date
) -> tuple[ModelSpec, ...]:
    """Models that may be chosen automatically: allowed, still served, and with known prices."""
    return tuple(
        spec
        for name, spec in models.items()
        if (not limits.allowed_models or name in limits.allowed_models)
        and not (spec.shutdown is not None and spec.shutdown <= today)
        and price(spec, 1, 1) is not None
    )


def encodings_needed(models: Mapping[str, ModelSpec], wanted: str) -> set[str]:
    """Encodings to count the prompt with before `choose`: those of all models and of `wanted`."""
    spec = spec_of(wanted, models)
    own = UNKNOWN_MODEL_ENCODING if spec is None else spec.encoding
    return {own, *(known.encoding for known in models.values())}


def choose(
    counts: Mapping[str, int],
    models: Mapping[str, ModelSpec],
    limits: Limits,
    *,
    tier: str,
    wanted: str = "",
    most_output: int,
    budget: Budget | None = None,
    today: dt.date = dt.date.min,
) -> Estimate:
    """The wanted model, or the cheapest allowed one that fits; ties go to the larger context.

    A model whose tokens per minute are unknown is only chosen when none of the others fits.

    Args:
        counts: Input tokens of the whole prompt by encoding name (see `encodings_needed`).
        tier: Usage tier ("1" ... "5") whose tokens per minute apply.
        wanted: Model the analyst named; empty or "auto" to choose.
        most_output: Most output tokens the call may use. Less is allowed where the model, its
            context or a limit on money leave less, never less than the assumed output.
        budget: What was spent, for the hard limits on spend.
        today: UTC day, for models that are shut down.

    Raises:
        RefusedError: nothing fits; says which limit, by how much, and what to do.
    """
    rules = _Rules(limits, tier, most_output, budget or Budget(), today)
    if is_automatic(wanted):
        best = _cheapest(candidates(models, limits, today), counts, rules)
    else:
        best = _named(wanted, spec_of(wanted, models), counts, rules)
    return dataclasses.replace(best, alternatives=_alternatives(best.model, models, counts, rules))


@dataclass(frozen=True, slots=True)
class _Rules:
    limits: Limits
    tier: str
    most_output: int
    budget: Budget = field(default_factory=Budget)
    today: dt.date = dt.date.min

    def rate(self, spec: ModelSpec | None) -> int | None:
        return spec.tokens_per_minute.get(self.tier) if spec else None

    @property
    def caps(self) -> tuple[Cap, ...]:
        return caps(self.limits, self.budget)


def _cheapest(specs: Sequence[ModelSpec], counts: Mapping[str, int], rules: _Rules) -> Estimate:
    if not specs:
        raise RefusedError(
            "No model can be used.",
            "No allowed model is in models.toml with a known price and still served by OpenAI.",
            "Add one to models.toml, change limits.allowed_models, or choose a model.",
        )
    estimates = [_estimate(spec.name, spec, counts[spec.encoding], rules) for spec in specs]
    obstacles = {estimate.model: _obstacles(estimate, rules) for estimate in estimates}
    fitting = [estimate for estimate in estimates if not obstacles[estimate.model]]
    if not fitting:
        why = "; ".join(text for texts in obstacles.values() for text in texts)
        raise RefusedError("No allowed model fits this.", f"{why}.", _WHAT_TO_DO)
    best = min(fitting, key=_first_choice)
    cheaper = [one for one in estimates if (one.price or 0) < (best.price or 0)]
    others = [obstacles[one.model] or [_unknown_rate(one, rules)] for one in cheaper]
    return dataclasses.replace(best, reason=_reason(best, len(fitting), [t[0] for t in others]))


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
    estimate = _estimate(wanted, spec, _count(spec, counts), rules)
    obstacles = _obstacles(estimate, rules)
    if obstacles:
        raise RefusedError(f"{wanted} does not fit this.", f"{'; '.join(obstacles)}.", _WHAT_TO_DO)
    return dataclasses.replace(
        estimate, reason=f"{wanted} was chosen by name. {_ceiling(estimate)}"
    )


def _alternatives(
    chosen: str, models: Mapping[str, ModelSpec], counts: Mapping[str, int], rules: _Rules
) -> tuple[Alternative, ...]:
    """Every other model of models.toml."""
    found = [
        _alternative(_estimate(name, spec, _count(spec, counts), rules), rules)
        for name, spec in models.items()
        if name != chosen
    ]
    return tuple(
        sorted(
            found,
            key=lambda one: (not one.fits, one.price is None, one.price or Decimal(0), one.model),
        )
    )


def _alternative(estimate: Estimate, rules: _Rules) -> Alternative:
    name, spec, allowed = estimate.model, estimate.spec, rules.limits.allowed_models
    obstacles = [text.removeprefix(f"{name} ") for text in _obstacles(estimate, rules)]
    if allowed and name not in allowed:
        obstacles.insert(0, "is not allowed (limits.allowed_models)")
    if spec is not None and spec.shutdown is not None and spec.shutdown <= rules.today:
        obstacles.insert(0, f"was shut down by OpenAI on {spec.shutdown}")
    unknown = []
    if estimate.price is None:
        unknown.append("its price is unknown")
    if rules.rate(spec) is None:
        unknown.append(f"its tokens per minute at tier {rules.tier} are unknown")
    return Alternative(name, estimate.price, not obstacles, "; ".join(obstacles or unknown))


def _count(spec: ModelSpec | None, counts: Mapping[str, int]) -> int:
    return counts[spec.encoding if spec else UNKNOWN_MODEL_ENCODING]


def _estimate(name: str, spec: ModelSpec | None, tokens_in: int, rules: _Rules) -> Estimate:
    assumed = rules.limits.assumed_output_tokens
    most = _output_cap(spec, tokens_in, rules)
    rate = rules.rate(spec)
    estimate = Estimate(
        model=name,
        spec=spec,
        tokens_in=tokens_in,
        tokens_out_assumed=assumed,
        tokens_out_most=most,
        price=price_before(spec, tokens_in, assumed),
        price_most=price_before(spec, tokens_in, most),
        context_share=(tokens_in + assumed) / spec.context_tokens if spec else None,
        rate_share=(tokens_in + assumed) / rate if rate else None,
    )
    return dataclasses.replace(estimate, warnings=tuple(_warnings(estimate, rules)))


def _output_cap(spec: ModelSpec | None, tokens_in: int, rules: _Rules) -> int:
    caps = [rules.most_output]
    if spec is not None:
        caps.append(spec.context_tokens - tokens_in)
        if spec.max_output_tokens is not None:
            caps.append(spec.max_output_tokens)
        left = min((cap.left for cap in rules.caps), default=None)
        if left is not None and spec.output_price:
            rest = left - (price_before(spec, tokens_in, 0) or Decimal(0))
            caps.append(output_for(rest, spec.output_price))
    return max(min(caps), rules.limits.assumed_output_tokens)


def _obstacles(estimate: Estimate, rules: _Rules) -> list[str]:
    """Each limit that the call breaks, with figures; empty when it fits."""
    name, spec, most = estimate.model, estimate.spec, estimate.price_most
    total = estimate.tokens_in + estimate.tokens_out_assumed
    rate = rules.rate(spec)
    found = []
    if spec is not None and total > spec.context_tokens:
        found.append(_over(name, total, "context", spec.context_tokens))
    if rate is not None and total > rate:
        found.append(_over(name, total, f"tokens per minute at tier {rules.tier}", rate))
    for cap in rules.caps:
        if most is not None:
            if excess := cap.excess(most):
                found.append(f"{name} does not fit: {excess}")
        elif cap.setting == "limits.max_price" or not cap.left:
            found.append(
                f"{name} does not fit: its price is unknown, so {cap.name} of "
                f"{price_text(cap.limit)} ({cap.setting}) cannot be enforced; add its price to "
                "models.toml"
            )
    return found


def _over(name: str, tokens: int, limit_name: str, limit: int) -> str:
    factor = math.ceil(100 * tokens / limit) / 100  # a hair over the limit is not 1.00x of it
    return f"{name} does not fit: {factor:.2f}x its {limit_name} ({tokens:,} of {limit:,} tokens)"


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
    else:
        if estimate.price is None:
            found.append(f"The price of {name} is unknown.")
        if rules.rate(spec) is None:
            found.append(f"The tokens per minute of {name} at tier {rules.tier} are unknown.")
        found += _shutdown(spec, rules.today)
    return [*found, *rules.budget.warnings(estimate.price)]


def _shutdown(spec: ModelSpec, today: dt.date) -> list[str]:
    if spec.shutdown is None:
        return []
    if spec.shutdown <= today:
        return [f"OpenAI shut {spec.name} down on {spec.shutdown}."]
    if (spec.shutdown - today).days <= SHUTDOWN_NOTICE_DAYS:
        return [f"OpenAI will shut {spec.name} down on {spec.shutdown}."]
    return []


def _unknown_rate(estimate: Estimate, rules: _Rules) -> str:
    return (
        f"{estimate.model} for {price_text(estimate.price)} was skipped: its tokens per minute "
        f"at tier {rules.tier} are unknown"
    )


def _first_choice(estimate: Estimate) -> tuple[bool, Decimal, int, str]:
    context = estimate.spec.context_tokens if estimate.spec else 0
    unknown_rate = estimate.rate_share is None
    return (unknown_rate, estimate.price or Decimal(0), -context, estimate.model)


def _reason(best: Estimate, fitting: int, others: list[str]) -> str:
    text = f"{best.model} is the cheapest of {fitting} allowed models that fit"
    if best.rate_share is not None and any("skipped" in other for other in others):
        text = f"{best.model} is the cheapest allowed model that fits and whose limits are known"
    if fitting == 1:
        text = f"{best.model} is the only allowed model that fits"
    more = len(others) - _MOST_REASONS
    shown = [*others[:_MOST_REASONS], *([f"and {more} more"] if more > 0 else [])]
    why_not = f" ({'; '.join(shown)})" if shown else ""
    return f"{text}{why_not}. {_ceiling(best)}"


def _ceiling(estimate: Estimate) -> str:
    most = "" if estimate.price_most is None else f", at most {price_text(estimate.price_most)}"
    return f"Output is capped at {estimate.tokens_out_most:,} tokens{most}."
