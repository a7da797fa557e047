"""From rows to priced calls: in one call where they fit, else in chunks along time."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial

from soc_tui.analysts import HuntTask
from soc_tui.analysts.cost import model_choice, pricing
from soc_tui.analysts.cost.pricing import Estimate
from soc_tui.analysts.openai.calls import count_request
from soc_tui.analysts.openai.hunt_prompt import messages, response_format
from soc_tui.analysts.packing.pack import new_boundary, pack
from soc_tui.analysts.packing.read_rows import ReadRows
from soc_tui.analysts.packing.text_columns import Positions
from soc_tui.analysts.packing.time_chunks import (
    FEWER_ROWS,
    MOST_CHUNKS,
    Chunk,
    Part,
    halves,
    split,
    unseen_of,
)
from soc_tui.model.budget import Budget, Cap
from soc_tui.model.coverage import Unseen
from soc_tui.model.errors import RefusedError
from soc_tui.model.limits import Limits, ModelSpec
from soc_tui.model.quote import Alternative, Quote, price_text

MOST_OUTPUT_TOKENS = 16_384
"""Cap of a hunting answer, tokens: some 40 findings, or 10 and a long reasoning before them."""

_APART = (
    "Each chunk is read separately: patterns across chunks may be missed. Duplicate "
    "findings are merged."
)
# A chunk's own count may differ a little from the service's.
_ROOM_SHARE = 0.97
# Of the tokens per minute, and of the context, that one answer may take.
_OUTPUT_SHARE = 4
_OUTPUT_SHARE_OF_CONTEXT = 3


@dataclass(frozen=True, slots=True, eq=False)
class PricedChunk:
    """A chunk and the call that takes it."""

    chunk: Chunk
    estimate: Estimate
    max_price: Decimal | None = None

    @property
    def count(self) -> int:
        """Number of rows."""
        return self.chunk.count

    @property
    def tokens(self) -> int:
        """What the service counts for it: input, and the output that it may use."""
        return self.estimate.tokens_in + self.estimate.tokens_out_most


@dataclass(frozen=True, slots=True)
class Market:
    """What calls may be made, as the analyst is set up.

    Attributes:
        choose: Model and price of a call: tokens by encoding, name wanted, most output tokens.
        encodings: Encodings that `choose` wants counts for.
        models: What is known of models.
        budget: What was spent, and the limits on it.
        rate: Tokens per minute of a model by name; None when unknown.
        today: UTC day, for models that are shut down.
    """

    choose: Callable[[Mapping[str, int], str, int], Estimate]
    encodings: frozenset[str]
    models: Mapping[str, ModelSpec]
    limits: Limits
    budget: Budget
    rate: Callable[[str], int | None]
    today: dt.date

    @property
    def caps(self) -> tuple[Cap, ...]:
        """The limits on money."""
        return pricing.caps(self.limits, self.budget)


class Quoting:
    """One hunt's rows as priced calls. Blocks: use a thread."""

    def __init__(self, task: HuntTask, wanted: str, market: Market) -> None:
        self._task = task
        self._wanted = wanted
        self._market = market
        self._boundary = new_boundary()
        self.read = ReadRows(task.rows, task.read)
        self._read_before = self.read.count
        self._order = self.read.left()
        self._tokens_whole = 0
        self._others: tuple[Alternative, ...] = ()

    def chunks(self) -> tuple[PricedChunk, ...]:
        """The calls: one, or as many as it takes.

        Raises:
            RefusedError: no allowed model takes the rows, in however many calls.
        """
        whole, counts = self._counted(self._order)
        self._tokens_whole = whole.tokens
        try:
            return (self._priced(whole, counts, self._wanted, MOST_OUTPUT_TOKENS),)
        except RefusedError as refusal:
            return self._split(counts, refusal)

    def quote(self, chunks: Sequence[PricedChunk]) -> Quote:
        """All calls together, as shown to the analyst."""
        unseen = self.unseen(chunks)
        estimates = [priced.estimate for priced in chunks]
        first = estimates[0]
        if len(chunks) == 1:
            return pricing.quote(first, unseen)
        rate = self._market.rate(first.model)
        minutes = None if rate is None else sum(priced.tokens for priced in chunks) / rate
        return Quote(
            model=first.model,
            tokens_in=sum(estimate.tokens_in for estimate in estimates),
            tokens_out_assumed=sum(estimate.tokens_out_assumed for estimate in estimates),
            price=_sum([estimate.price for estimate in estimates]),
            unseen=unseen,
            reason=self._reason(estimates, rate),
            context_share=max(estimate.context_share or 0.0 for estimate in estimates),
            rate_share=minutes,
            chunks=len(chunks),
            minutes=minutes,
            warnings=(_APART, *self._warnings(estimates)),
            price_most=_sum([estimate.price_most for estimate in estimates]),
            alternatives=self._others,
        )

    def unseen(self, chunks: Sequence[PricedChunk]) -> Unseen:
        """What is not seen of the answer once these are read."""
        return unseen_of(tuple(priced.chunk for priced in chunks), self._read_before)

    def _warnings(self, estimates: Sequence[Estimate]) -> tuple[str, ...]:
        """Those of the chunks that hold for all together; each chunk is meant to fill its call."""
        spend = self._market.budget.warnings
        of_chunks = (
            text
            for estimate in estimates
            for text in estimate.warnings
            if not text.endswith(" used.") and text not in spend(estimate.price)
        )
        return (*dict.fromkeys(of_chunks), *spend(_sum([one.price for one in estimates])))

    def _reason(self, estimates: Sequence[Estimate], rate: int | None) -> str:
        first = estimates[0]
        most = _sum([estimate.price_most for estimate in estimates])
        ceiling = "" if most is None else f", at most {price_text(most)} in all"
        pace = "" if rate is None else f" at {rate:,} tokens a minute"
        return (
            f"All rows are {self._tokens_whole:,} tokens, more than one call takes; {first.model} "
            f"gets them in {len(estimates)} chunks along time{pace}. Output is capped at "
            f"{first.tokens_out_most:,} tokens a chunk{ceiling}."
        )

    def halves(self, priced: PricedChunk) -> tuple[PricedChunk, ...]:
        """The chunk as two, or as more where two are still too long.

        Raises:
            RefusedError: one of its rows alone is too long, or a limit on money is passed.
        """
        estimate = priced.estimate
        parts = halves(priced.chunk, partial(self._make, encoding=_encoding(estimate.spec)))
        share = None if priced.max_price is None else priced.max_price / len(parts)
        found: list[PricedChunk] = []
        for part in parts:
            half = replace(priced, chunk=part, max_price=share)
            try:
                cut = self._priced_part(part, estimate.model, estimate.tokens_out_most)
                found.append(replace(cut, max_price=share))
            except RefusedError:
                if part.count < 2:
                    raise
                found += self.halves(half)
        return tuple(found)

    def _split(self, counts: Mapping[str, int], refusal: RefusedError) -> tuple[PricedChunk, ...]:
        """Chunks for the cheapest model whose limits alone stand in the way."""
        found = self._splittable(counts)
        if not found:
            raise refusal
        (spec, room, most_output), *others = found
        self._others = tuple(self._alternative(other, counts, room) for other, room, _ in others)
        make = partial(self._make, encoding=spec.encoding)
        chunks = tuple(split(self._order, make, room))
        most_output = self._affordable(spec, chunks, most_output)
        total = sum(chunk.tokens for chunk in chunks)
        left = self._market.budget.most_for_a_call
        return tuple(
            replace(
                self._priced_part(chunk, spec.name, most_output),
                max_price=None if left is None else left * chunk.tokens / total,
            )
            for chunk in chunks
        )

    def _splittable(self, counts: Mapping[str, int]) -> list[tuple[ModelSpec, int, int]]:
        """Models, room for a chunk, and its most output tokens; the cheapest first."""
        market, wanted = self._market, self._wanted
        if pricing.is_automatic(wanted):
            specs: Sequence[ModelSpec] = model_choice.candidates(
                market.models, market.limits, market.today
            )
        else:
            named = pricing.spec_of(wanted, market.models)
            specs = [] if named is None else [replace(named, name=wanted)]
        found = []
        for spec in specs:
            room, most_output = self._room(spec)
            if 0 < room < counts[spec.encoding] <= room * MOST_CHUNKS:
                found.append(
                    (self._dearness(spec, counts[spec.encoding], room), spec, room, most_output)
                )
        found.sort(key=lambda one: one[0])
        return [(spec, room, most_output) for _, spec, room, most_output in found]

    def _room(self, spec: ModelSpec) -> tuple[int, int]:
        """Most input and output tokens of one call to a model."""
        rate = self._market.rate(spec.name)
        most = spec.context_tokens if rate is None else min(spec.context_tokens, rate)
        caps = [MOST_OUTPUT_TOKENS, spec.max_output_tokens or MOST_OUTPUT_TOKENS]
        caps.append(spec.context_tokens // _OUTPUT_SHARE_OF_CONTEXT)
        if rate is not None:
            caps.append(rate // _OUTPUT_SHARE)
        output = max(min(caps), self._market.limits.assumed_output_tokens)
        return int((most - output) * _ROOM_SHARE), output

    def _alternative(self, spec: ModelSpec, counts: Mapping[str, int], room: int) -> Alternative:
        tokens = counts[spec.encoding]
        parts = math.ceil(tokens / room)
        assumed = self._market.limits.assumed_output_tokens * parts
        price = pricing.price_before(spec, tokens, assumed)
        return Alternative(spec.name, price, fits=True, why=f"in about {parts} chunks")

    def _dearness(self, spec: ModelSpec, tokens: int, room: int) -> tuple[bool, Decimal, int]:
        assumed = self._market.limits.assumed_output_tokens * math.ceil(tokens / room)
        price = pricing.price_before(spec, tokens, assumed)
        return self._market.rate(spec.name) is None, price or Decimal(0), -room

    def _affordable(self, spec: ModelSpec, chunks: Sequence[Chunk], most_output: int) -> int:
        """Output tokens of each call with which all together keep the limits on money.

        Raises:
            RefusedError: even the assumed output costs too much, or the price is unknown and each
                call has a limit.
        """
        left = self._market.budget.most_for_a_call
        if left is None:
            return most_output
        tokens = sum(chunk.tokens for chunk in chunks)
        assumed = self._market.limits.assumed_output_tokens * len(chunks)
        least = pricing.price_before(spec, tokens, assumed)
        if least is None and self._market.limits.max_price is None:
            return most_output  # the quote warns that it cannot be counted
        if least is None or least > left:
            excess = [cap.excess(least) for cap in self._market.caps] if least else []
            raise RefusedError(
                f"{spec.name} would take {price_text(least)} for all rows.",
                f"They need {len(chunks)} calls with {tokens:,} tokens; {price_text(left)} may be "
                f"spent. {'; '.join(text for text in excess if text)}".strip(),
                f"{FEWER_ROWS} Or raise the limit in the settings.",
            )
        if not spec.output_price:
            return most_output
        rest = left - (pricing.price_before(spec, tokens, 0) or Decimal(0))
        return min(most_output, pricing.output_for(rest / len(chunks), spec.output_price))

    def _make(self, indices: Positions, encoding: str) -> Chunk:
        return self._counted(indices, frozenset({encoding}))[0]

    def _counted(
        self, indices: Positions, encodings: frozenset[str] = frozenset()
    ) -> tuple[Chunk, dict[str, int]]:
        task = self._task
        packed = pack(task.rows, indices=indices, row_cap=task.row_cap, boundary=self._boundary)
        part = Part(1, 1 if len(indices) == len(self._order) else MOST_CHUNKS)
        counts = count_request(
            messages(task, packed, part),
            response_format(),
            set(encodings or self._market.encodings),
        )
        return Chunk(indices, packed, max(counts.values())), counts

    def _priced_part(self, chunk: Chunk, model: str, most_output: int) -> PricedChunk:
        counts = dict.fromkeys(self._market.encodings, chunk.tokens)
        return self._priced(chunk, counts, model, most_output)

    def _priced(
        self, chunk: Chunk, counts: Mapping[str, int], wanted: str, most_output: int
    ) -> PricedChunk:
        estimate = self._market.choose(counts, wanted, most_output)
        rate = self._market.rate(estimate.model)
        left = most_output if rate is None else rate - estimate.tokens_in
        if left < estimate.tokens_out_assumed:
            raise RefusedError(
                f"{estimate.model} does not fit this.",
                f"{estimate.tokens_in:,} tokens exceed its {rate:,} tokens per minute.",
                FEWER_ROWS,
            )
        if left < estimate.tokens_out_most:
            # The service counts what a call may use, not what it uses.
            capped = self._market.choose(counts, estimate.model, left)
            estimate = replace(capped, reason=estimate.reason)
        return PricedChunk(chunk, estimate, self._market.budget.most_for_a_call)


def _encoding(spec: ModelSpec | None) -> str:
    return spec.encoding if spec else pricing.UNKNOWN_MODEL_ENCODING


def _sum(prices: Sequence[Decimal | None]) -> Decimal | None:
    known = [price for price in prices if price is not None]
    return sum(known, Decimal(0)) if len(known) == len(prices) else None
