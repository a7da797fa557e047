"""The guardrails' limits, and the specification of each model."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

MOST_HOURS = 24 * 365 * 100
"""Longest time range that can be set, hours: beyond it are no logs, at 2,000 years no times."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a hunt may ask for.

    Attributes:
        max_hours: Longest time range, hours.
        default_hours: Time range when the request names none, hours.
        max_rows: Most rows a query may return; the cap that `take` gets.
        max_query_chars: Longest KQL text, characters.
        workspaces: Other Log Analytics workspaces that `workspace("name")` may read, by the name
            written there. None by default.
        allowed_models: Model names that may be used; empty means every model in models.toml.
        assumed_output_tokens: Output tokens added to each estimate, tokens.
        warn_share: Share of a limit (0-1) from which the quote warns.
        max_price: A call that could cost more than this is refused, USD; None for no cap.
        warn_day_spend, warn_session_spend: Spend from which the quote warns, USD; None for never.
        max_day_spend, max_session_spend: A call that could bring the spend over this is refused,
            USD; None for no limit. The day is the UTC day, the session one run of the program.
    """

    max_hours: float = field(default=24 * 30, metadata={"most": MOST_HOURS})
    default_hours: float = field(default=24, metadata={"most": MOST_HOURS})
    max_rows: int = 10_000
    max_query_chars: int = 20_000
    workspaces: tuple[str, ...] = ()
    allowed_models: tuple[str, ...] = ()
    assumed_output_tokens: int = 500
    warn_share: float = 0.8
    max_price: Decimal | None = None
    warn_day_spend: Decimal | None = None
    max_day_spend: Decimal | None = None
    warn_session_spend: Decimal | None = None
    max_session_spend: Decimal | None = None


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """One row of models.toml.

    Attributes:
        context_tokens: Most input tokens, tokens.
        max_output_tokens: Most output tokens, tokens; None where unknown.
        input_price, output_price: USD per million tokens; None where unknown (never guessed).
        cached_price: USD per million input tokens read from the cache; None where unknown: they
            are then priced as input, which they never exceed.
        cache_write_price: USD per million input tokens written to the cache, where that costs more
            than input; None where it does not.
        tokens_per_minute: Tokens per minute by tier name ("1" ... "5"); a missing tier is unknown.
        encoding: tiktoken encoding name.
        shutdown: Day from which OpenAI no longer serves it; None when none is announced.
        source, date: Where and when the figures were read.
    """

    name: str
    context_tokens: int
    encoding: str = "o200k_base"
    max_output_tokens: int | None = None
    input_price: Decimal | None = None
    output_price: Decimal | None = None
    cached_price: Decimal | None = None
    cache_write_price: Decimal | None = None
    tokens_per_minute: Mapping[str, int] = field(default_factory=dict)
    shutdown: dt.date | None = None
    source: str = ""
    date: dt.date | None = None
