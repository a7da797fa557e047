"""The cheapest model that fits, at its true price, or a refusal that says why."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soc_tui.analysts.cost.model_choice import choose, encodings_needed
from soc_tui.analysts.cost.pricing import price, price_before, quote
from soc_tui.guardrails.models import load_models
from soc_tui.model.budget import Budget, Spent
from soc_tui.model.coverage import Unseen
from soc_tui.model.errors import RefusedError
from soc_tui.model.limits import Limits, ModelSpec


def model(name: str, context: int, into: str | None, out: str | None, rate: int) -> ModelSpec:
    return ModelSpec(
        name,
        context,
        input_price=None if into is None else Decimal(into),
        output_price=None if out is None else Decimal(out),
        tokens_per_minute={"1": rate},
    )


MODELS = {
    spec.name: spec
    for spec in (
        model("gpt-4.1-nano", 1_047_576, "0.10", "0.40", 200_000),
        model("gpt-4.1", 1_047_576, "2.00", "8.00", 30_000),
        model("gpt-5-mini", 272_000, "0.25", "2.00", 10_000_000),
        model("mystery", 5_000_000, None, None, 50_000_000),
    )
}


def counts(tokens: int) -> dict[str, int]:
    return {"o200k_base": tokens}


def test_the_cheapest_that_fits_is_chosen() -> None:
    chosen = choose(counts(10_000), MODELS, Limits(), tier="1", most_output=4_000)
    assert chosen.model == "gpt-4.1-nano"
    assert chosen.price == Decimal("0.0012")  # 10,000 in at 0.10, 500 out at 0.40 a million
    assert chosen.price_most == Decimal("0.0026")
    assert "cheapest of 3" in chosen.reason


def test_tokens_per_minute_of_the_tier_rule_models_out() -> None:
    chosen = choose(counts(199_600), MODELS, Limits(), tier="1", most_output=4_000)
    assert chosen.model == "gpt-5-mini"
    assert (
        "gpt-4.1-nano does not fit: 1.01x its tokens per minute at tier 1 "
        "(200,100 of 200,000 tokens)" in chosen.reason
    )


def test_assumed_output_is_part_of_the_sum() -> None:
    fits = choose(counts(199_500), MODELS, Limits(), tier="1", most_output=4_000)
    assert fits.model == "gpt-4.1-nano"
    more = Limits(assumed_output_tokens=501)
    assert choose(counts(199_500), MODELS, more, tier="1", most_output=4_000).model == "gpt-5-mini"


def test_refusal_names_limit_factor_and_way_out() -> None:
    with pytest.raises(RefusedError) as refusal:
        choose(counts(511_500), MODELS, Limits(), tier="1", most_output=4_000)
    text = str(refusal.value)
    assert "gpt-5-mini does not fit: 1.89x its context (512,000 of 272,000 tokens)" in text
    assert (
        "gpt-4.1 does not fit: 17.07x its tokens per minute at tier 1 (512,000 of 30,000 tokens)"
        in text
    )
    assert "mystery" not in text
    assert "Narrow the time range" in text


def test_a_named_model_is_held_to_the_same_limits() -> None:
    with pytest.raises(RefusedError, match=r"gpt-4\.1 does not fit this"):
        choose(counts(40_000), MODELS, Limits(), tier="1", wanted="gpt-4.1", most_output=4_000)


def test_a_model_that_is_not_allowed_is_refused_by_name() -> None:
    limits = Limits(allowed_models=("gpt-5-mini",))
    with pytest.raises(RefusedError, match="Allowed: gpt-5-mini"):
        choose(counts(10), MODELS, limits, tier="1", wanted="gpt-4.1", most_output=4_000)
    assert choose(counts(10), MODELS, limits, tier="1", most_output=9).model == "gpt-5-mini"


def test_unknown_prices_are_never_guessed_nor_chosen_automatically() -> None:
    with pytest.raises(RefusedError, match="No model can be used"):
        limits = Limits(allowed_models=("mystery",))
        choose(counts(10), MODELS, limits, tier="1", most_output=4_000)
    named = choose(counts(10), MODELS, Limits(), tier="1", wanted="mystery", most_output=4_000)
    assert named.price is None
    assert any("price of mystery is unknown" in warning for warning in named.warnings)


def test_a_model_outside_the_file_works_when_named() -> None:
    assert encodings_needed(MODELS, "llama3.1:8b") == {"o200k_base"}
    named = choose(
        counts(10_000_000), MODELS, Limits(), tier="1", wanted="llama3.1:8b", most_output=4_000
    )
    assert (named.price, named.context_share, named.rate_share) == (None, None, None)
    assert "not in models.toml" in named.warnings[0]


def test_a_dated_snapshot_has_the_limits_of_its_model() -> None:
    name = "gpt-5-mini-2025-08-07"
    named = choose(counts(1_000), MODELS, Limits(), tier="1", wanted=name, most_output=4_000)
    assert named.model == name
    assert named.price == price(MODELS["gpt-5-mini"], 1_000, 500)


def test_warns_from_the_share_on() -> None:
    limits = Limits(allowed_models=("gpt-5-mini",))
    near = choose(counts(231_000), MODELS, limits, tier="1", most_output=4_000)
    assert "85% of the context of gpt-5-mini used." in quote(near, Unseen(1, 1)).warnings
    far = choose(counts(100_000), MODELS, limits, tier="1", most_output=4_000)
    assert far.warnings == ()


def test_unknown_tier_is_said() -> None:
    chosen = choose(counts(10), MODELS, Limits(), tier="9", most_output=4_000)
    assert chosen.rate_share is None
    assert any("tier 9 are unknown" in warning for warning in chosen.warnings)


def test_the_price_cap_refuses_with_figures() -> None:
    limits = Limits(max_price=Decimal("0.001"))
    said = (
        r"gpt-4\.1-nano does not fit: it may cost \$0\.0012, \$0\.0002 over the cap per call of "
        r"\$0\.0010 \(limits\.max_price\)"
    )
    with pytest.raises(RefusedError, match=said):
        choose(counts(10_000), MODELS, limits, tier="1", most_output=4_000)


def test_the_price_cap_cannot_be_held_for_an_unknown_price() -> None:
    limits = Limits(max_price=Decimal(1))
    with pytest.raises(RefusedError, match="price is unknown"):
        choose(counts(10), MODELS, limits, tier="1", wanted="llama", most_output=4_000)


@settings(deadline=None)
@given(
    tokens=st.integers(0, 2_000_000),
    assumed=st.integers(0, 5_000),
    most=st.integers(1, 50_000),
    cap=st.none() | st.decimals("0.0001", "5", places=4),
)
def test_what_is_chosen_keeps_every_limit(
    tokens: int, assumed: int, most: int, cap: Decimal | None
) -> None:
    limits = Limits(assumed_output_tokens=assumed, max_price=cap)
    try:
        chosen = choose(counts(tokens), MODELS, limits, tier="1", most_output=most)
    except RefusedError as refusal:
        assert refusal.why
        return
    assert chosen.spec is not None
    total = tokens + assumed
    assert total <= chosen.spec.context_tokens
    assert total <= chosen.spec.tokens_per_minute["1"]
    assert assumed <= chosen.tokens_out_most <= max(most, assumed)
    assert chosen.price is not None
    assert chosen.price_most is not None
    assert chosen.price <= chosen.price_most
    if cap is not None:
        assert chosen.price_most <= cap
    cheaper = [
        spec
        for spec in MODELS.values()
        if (other := price(spec, tokens, assumed)) is not None and other < chosen.price
    ]
    assert all(
        total > spec.context_tokens or total > spec.tokens_per_minute["1"] for spec in cheaper
    )


# -- cached tokens ---------------------------------------------------------------------------------

CACHING = ModelSpec(
    "cached",
    100_000,
    input_price=Decimal(2),
    output_price=Decimal(10),
    cached_price=Decimal("0.1"),
    cache_write_price=Decimal("2.5"),
)


def test_cached_and_written_tokens_have_their_own_price() -> None:
    usd = price(CACHING, 1_000_000, 100_000, cached=600_000, cache_writes=300_000)
    # 100,000 at 2, 600,000 at 0.1, 300,000 at 2.5, 100,000 out at 10 a million
    assert usd == Decimal("0.2") + Decimal("0.06") + Decimal("0.75") + Decimal(1)


def test_cached_tokens_without_a_price_are_priced_as_input() -> None:
    plain = replace(CACHING, cached_price=None, cache_write_price=None)
    assert price(plain, 1_000_000, 0, cached=900_000, cache_writes=50_000) == 2


def test_before_the_call_nothing_is_cached_and_all_may_be_written() -> None:
    assert price_before(CACHING, 1_000_000, 0) == Decimal("2.5")
    assert price_before(MODELS["gpt-4.1"], 1_000_000, 0) == 2


@given(
    tokens=st.integers(0, 10**7),
    out=st.integers(0, 10**6),
    cached=st.integers(-(10**8), 10**8),
    written=st.integers(-(10**8), 10**8),
)
def test_no_report_of_a_service_makes_a_call_dearer_than_its_estimate_or_pays_us(
    tokens: int, out: int, cached: int, written: int
) -> None:
    usd = price(CACHING, tokens, out, cached=cached, cache_writes=written)
    most = price_before(CACHING, tokens, out)
    assert usd is not None and most is not None
    assert 0 <= usd <= most


# -- models that are there, and those beside the chosen one ----------------------------------------

TODAY = dt.date(2026, 11, 25)


def test_a_model_that_is_shut_down_is_not_chosen_but_may_be_named() -> None:
    models = {
        **MODELS,
        "gpt-4.1-nano": replace(MODELS["gpt-4.1-nano"], shutdown=dt.date(2026, 11, 25)),
    }
    chosen = choose(counts(10), models, Limits(), tier="1", most_output=9, today=TODAY)
    assert chosen.model == "gpt-5-mini"
    (nano,) = (one for one in chosen.alternatives if one.model == "gpt-4.1-nano")
    assert (nano.fits, nano.why) == (False, "was shut down by OpenAI on 2026-11-25")
    named = choose(
        counts(10), models, Limits(), tier="1", wanted="gpt-4.1-nano", most_output=9, today=TODAY
    )
    assert "OpenAI shut gpt-4.1-nano down on 2026-11-25." in named.warnings
    before = choose(
        counts(10), models, Limits(), tier="1", most_output=9, today=dt.date(2026, 11, 1)
    )
    assert before.model == "gpt-4.1-nano"
    assert "OpenAI will shut gpt-4.1-nano down on 2026-11-25." in before.warnings


def test_a_model_of_unknown_rate_is_the_last_choice_and_the_reason_says_so() -> None:
    cheap = replace(MODELS["gpt-4.1-nano"], name="cheap", tokens_per_minute={})
    models = {**MODELS, "cheap": replace(cheap, input_price=Decimal("0.01"))}
    chosen = choose(counts(10_000), models, Limits(), tier="1", most_output=4_000)
    assert chosen.model == "gpt-4.1-nano"
    assert "cheap for $0.0003 was skipped: its tokens per minute at tier 1" in chosen.reason
    assert "whose limits are known" in chosen.reason
    only = choose(counts(290_000), models, Limits(), tier="1", most_output=4_000)
    assert only.model == "cheap"
    assert "The tokens per minute of cheap at tier 1 are unknown." in only.warnings


def test_the_quote_lists_every_other_model_with_its_price_or_why_not() -> None:
    limits = Limits(allowed_models=("gpt-4.1-nano", "gpt-4.1", "mystery"))
    chosen = choose(counts(40_000), MODELS, limits, tier="1", most_output=4_000)
    found = quote(chosen, Unseen(1, 1)).alternatives
    assert [(one.model, one.fits) for one in found] == [
        ("mystery", True),
        ("gpt-5-mini", False),
        ("gpt-4.1", False),
    ]
    mystery, mini, dear = found
    assert (mystery.price, mystery.why) == (None, "its price is unknown")
    assert (mini.price, mini.why) == (
        Decimal("0.011"),
        "is not allowed (limits.allowed_models)",
    )
    assert (
        dear.why == "does not fit: 1.35x its tokens per minute at tier 1 (40,500 of 30,000 tokens)"
    )


def test_the_shipped_models_can_be_chosen_from_on_each_day_to_come() -> None:
    models = load_models()
    for day in (TODAY, dt.date(2026, 12, 11), dt.date(2027, 1, 14), dt.date(2030, 1, 1)):
        chosen = choose(counts(50_000), models, Limits(), tier="4", most_output=4_000, today=day)
        assert chosen.spec is not None
        assert chosen.spec.shutdown is None or chosen.spec.shutdown > day


# -- limits on spend -------------------------------------------------------------------------------


def spent(usd: str, limits: Limits) -> Budget:
    return Budget(limits, Spent(Decimal(usd)), Spent(Decimal(usd)))


def test_a_hard_limit_on_spend_refuses_with_limit_excess_and_way_out() -> None:
    budget = spent("4.9995", Limits(max_day_spend=Decimal("5")))
    with pytest.raises(RefusedError) as refusal:
        choose(
            counts(10_000),
            MODELS,
            Limits(),
            tier="1",
            wanted="gpt-4.1-nano",
            most_output=4_000,
            budget=budget,
        )
    assert (
        "$4.9995 is spent and it may cost $0.0012, $0.0007 over the daily limit of $5.0000 "
        "(limits.max_day_spend)" in refusal.value.why
    )
    assert "raise the limit" in refusal.value.next_step


def test_the_output_is_capped_at_what_is_left() -> None:
    budget = spent("4.9985", Limits(max_session_spend=Decimal("5")))
    chosen = choose(counts(10_000), MODELS, Limits(), tier="1", most_output=4_000, budget=budget)
    assert chosen.model == "gpt-4.1-nano"
    assert chosen.tokens_out_most == 1_250  # 0.0005 of 0.0015 are left after the input
    assert chosen.price_most == Decimal("0.0015")


def test_a_soft_limit_warns_and_does_not_refuse() -> None:
    budget = spent("3.9999", Limits(warn_day_spend=Decimal("4"), warn_session_spend=Decimal("9")))
    chosen = choose(counts(10_000), MODELS, Limits(), tier="1", most_output=4_000, budget=budget)
    assert (
        "$4.0011 will be spent today, over the soft limit of $4.0000 (limits.warn_day_spend)."
        in chosen.warnings
    )
    assert not any("session" in warning for warning in chosen.warnings)


def test_an_unknown_price_is_not_counted_and_that_is_said() -> None:
    budget = spent("1", Limits(max_day_spend=Decimal("5")))
    chosen = choose(
        counts(10), MODELS, Limits(), tier="1", wanted="llama", most_output=9, budget=budget
    )
    assert chosen.price is None
    assert (
        "The price of this call cannot be counted against the daily limit of $5.0000, because it "
        "is unknown." in chosen.warnings
    )
    with pytest.raises(RefusedError, match="its price is unknown, so the daily limit"):
        choose(
            counts(10),
            MODELS,
            Limits(),
            tier="1",
            wanted="llama",
            most_output=9,
            budget=spent("5", Limits(max_day_spend=Decimal("5"))),
        )


@settings(deadline=None)
@given(
    tokens=st.integers(0, 100_000),
    before=st.decimals("0", "6", places=4),
    limit=st.decimals("0.0001", "5", places=4),
)
def test_no_call_can_bring_the_spend_over_a_hard_limit(
    tokens: int, before: Decimal, limit: Decimal
) -> None:
    budget = Budget(Limits(max_day_spend=limit), day=Spent(before))
    try:
        chosen = choose(
            counts(tokens), MODELS, Limits(), tier="1", most_output=9_000, budget=budget
        )
    except RefusedError:
        return
    assert chosen.price_most is not None
    assert before + chosen.price_most <= limit
