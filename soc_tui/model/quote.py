"""What a call to a model will cost, what it did cost, and what the model will not see."""

from dataclasses import dataclass
from decimal import Decimal

from soc_tui.model.coverage import Unseen
from soc_tui.model.wording import number_of


@dataclass(frozen=True, slots=True)
class Alternative:
    """An alternative to the quoted model.

    Attributes:
        price: USD for the same call with the assumed output; None when unknown.
        fits: It could take the call.
        why: Why not, or what is not known of it; empty when there is nothing to say.
    """

    model: str
    price: Decimal | None
    fits: bool
    why: str = ""


@dataclass(frozen=True, slots=True)
class Quote:
    """What a hunting call will take, before it is made.

    Attributes:
        model: Model name, or the offline analyst's name.
        tokens_in: Counted input tokens, all chunks together.
        tokens_out_assumed: Assumed output tokens, all chunks together.
        price: USD for both, or None when the model's price is unknown.
        price_most: USD when every call uses all the output that it may; None when unknown.
        context_share: Largest chunk as a share (0-1) of the model's context; None if unknown.
        rate_share: All tokens as a share (0-1) of the tier's tokens per minute; None if unknown.
        chunks: Number of calls.
        minutes: How long the chunks take at the tier's tokens per minute; None for one call, or
            where that limit is unknown.
        reason: Why this model, in one sentence.
        unseen: What the model will not see.
        warnings: Shown with the quote, for example 85% of the context used.
        free: True when nothing is charged (offline analyst): no confirmation is needed for money.
        alternatives: The other models, those that fit first, the cheapest first.
        injected_rows: Rows with text that gives orders to an AI, among those that are read.
        masked_cells: Cells with a secret, which is masked before anything is sent.
        masked_secrets: Different secrets in them.
        pseudonym_cells: Cells with names that are sent as pseudonyms; None when names are sent.
    """

    model: str
    tokens_in: int
    tokens_out_assumed: int
    price: Decimal | None
    unseen: Unseen
    reason: str = ""
    context_share: float | None = None
    rate_share: float | None = None
    chunks: int = 1
    warnings: tuple[str, ...] = ()
    free: bool = False
    price_most: Decimal | None = None
    alternatives: tuple[Alternative, ...] = ()
    minutes: float | None = None
    injected_rows: int = 0
    masked_cells: int = 0
    masked_secrets: int = 0
    pseudonym_cells: int | None = None

    @property
    def usage(self) -> "Usage":
        """All its calls as they are quoted; no calls when it is free."""
        return Usage(
            self.model,
            self.tokens_in,
            self.tokens_out_assumed,
            price=self.price,
            calls=0 if self.free else self.chunks,
        )


@dataclass(frozen=True, slots=True)
class Usage:
    """What calls really took.

    Attributes:
        tokens_in, tokens_cached, tokens_out: Tokens as the service counted them (cached ones are
            part of tokens_in).
        price: USD, or None when the model's price is unknown.
        calls: Requests made; 0 when no model was asked and nothing is charged.
    """

    model: str
    tokens_in: int = 0
    tokens_out: int = 0
    tokens_cached: int = 0
    price: Decimal | None = None
    calls: int = 1

    def plus(self, other: "Usage") -> "Usage":
        """Both together; the price is unknown when either is."""
        known = self.price is not None and other.price is not None
        return Usage(
            model=self.model if self.model == other.model else f"{self.model}, {other.model}",
            tokens_in=self.tokens_in + other.tokens_in,
            tokens_out=self.tokens_out + other.tokens_out,
            tokens_cached=self.tokens_cached + other.tokens_cached,
            price=(self.price or Decimal(0)) + (other.price or Decimal(0)) if known else None,
            calls=self.calls + other.calls,
        )


def price_text(price: Decimal | None) -> str:
    """A price as shown everywhere: `$0.0123`, or `unknown`. USD, at least four decimals."""
    return "unknown" if price is None else f"${price:.4f}"


def cost_text(usage: Usage) -> str:
    """What was spent, as shown everywhere: a price, or `free` when no model was asked."""
    return price_text(usage.price) if usage.calls else "free"


def injection_text(quote: Quote) -> str:
    """What the rows hold that gives orders to an AI, as shown with a quote; empty for none."""
    if not quote.injected_rows:
        return ""
    rows = "1 row holds" if quote.injected_rows == 1 else f"{quote.injected_rows:,} rows hold"
    told = "reported whatever the model says" if not quote.free else "reported as a finding"
    where = "Of what will be sent, " if not quote.free else ""
    return f"{where}{rows} text that gives orders to an AI: {told}."


def masked_text(quote: Quote) -> str:
    """What of the rows is masked, as shown with a quote; empty when nothing is sent."""
    if quote.free:
        return ""
    names = pseudonym_text(quote)
    if not quote.masked_cells:
        return f"No secrets were found in the rows.{names}"
    cells = "1 cell" if quote.masked_cells == 1 else f"{quote.masked_cells:,} cells"
    secrets = "1 secret" if quote.masked_secrets == 1 else f"{quote.masked_secrets:,} secrets"
    return f"{secrets} in {cells} will not be sent: passwords, keys, tokens.{names}"


def pseudonym_text(quote: Quote) -> str:
    """Where names are sent as pseudonyms, with a blank before it; empty where they are sent."""
    if quote.pseudonym_cells is None:
        return ""
    return f" Names in {number_of(quote.pseudonym_cells, 'cell')} are sent as pseudonyms."


def silence_text(rows: int) -> str:
    """What to know when a model cites none of the rows whose text addresses it."""
    them = "1 row that addresses" if rows == 1 else f"{rows:,} rows that address"
    return f"The model said nothing about {them} it."


def calls_text(quote: Quote) -> str:
    """How many calls, as shown everywhere, and how long they take where that is known."""
    if quote.chunks == 1:
        return "1 call"
    calls = f"{quote.chunks} calls, one per chunk of the time range"
    if quote.minutes is None:
        return calls
    return f"{calls}, about {max(1, round(quote.minutes)):,} min at the tier's tokens per minute"
