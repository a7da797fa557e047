"""The cheapest model that fits, at its true price, or a refusal that says why."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soc_tui.analysts.pricing import choose, encodings_needed, price, quote
from soc_tui.model.errors import RefusedError
from soc_tui.model.limits import Limits, ModelSpec
from soc_tui.model.quote import Unseen


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
    assert "gpt-4.1-nano: 200,100 tokens, 1.00x the tokens per minute of tier 1" in chosen.reason


def test_assumed_output_is_part_of_the_sum() -> None:
    fits = choose(counts(199_500), MODELS, Limits(), tier="1", most_output=4_000)
    assert fits.model == "gpt-4.1-nano"
    more = Limits(assumed_output_tokens=501)
    assert choose(counts(199_500), MODELS, more, tier="1", most_output=4_000).model == "gpt-5-mini"


def test_refusal_names_limit_factor_and_way_out() -> None:
    with pytest.raises(RefusedError) as refusal:
        choose(counts(511_500), MODELS, Limits(), tier="1", most_output=4_000)
    text = str(refusal.value)
    assert "gpt-5-mini: 512,000 tokens, 1.88x its context of 272,000" in text
    assert "gpt-4.1: 512,000 tokens, 17.07x the tokens per minute of tier 1 of 30,000" in text
    assert "mystery" not in text
    assert "Narrow the time range" in text


def test_a_named_model_is_held_to_the_same_limits() -> None:
    with pytest.raises(RefusedError, match=r"gpt-4\.1 cannot take this"):
        choose(counts(40_000), MODELS, Limits(), tier="1", wanted="gpt-4.1", most_output=4_000)


def test_a_model_that_is_not_allowed_is_refused_by_name() -> None:
    limits = Limits(allowed_models=("gpt-5-mini",))
    with pytest.raises(RefusedError, match="Allowed: gpt-5-mini"):
        choose(counts(10), MODELS, limits, tier="1", wanted="gpt-4.1", most_output=4_000)
    assert choose(counts(10), MODELS, limits, tier="1", most_output=9).model == "gpt-5-mini"


def test_unknown_prices_are_never_guessed_nor_chosen_automatically() -> None:
    with pytest.raises(RefusedError, match="No model may be used"):
        limits = Limits(allowed_models=("mystery",))
        choose(counts(10), MODELS, limits, tier="1", most_output=4_000)
    named = choose(counts(10), MODELS, Limits(), tier="1", wanted="mystery", most_output=4_000)
    assert named.price is None
    assert any("price of mystery is unknown" in warning for warning in named.warnings)


def test_a_model_outside_the_file_works_when_named() -> None:
    assert encodings_needed(MODELS, Limits(), "llama3.1:8b") == {"o200k_base"}
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
    with pytest.raises(
        RefusedError, match=r"gpt-4\.1-nano: \$0\.0012 .* over the cap of \$0\.0010"
    ):
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
