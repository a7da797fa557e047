"""No sliding minute holds more than the limit; headers and Retry-After are heeded."""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soc_tui.analysts.cost.rate_limits import RateLimiter, reset_seconds


@dataclass
class Clock:
    now: float = 1_000.0

    def __call__(self) -> float:
        return self.now


def limiter_at(limit: int | None) -> tuple[RateLimiter, Clock]:
    clock = Clock()
    return RateLimiter(limit, clock=clock), clock


@settings(deadline=None, max_examples=50)
@given(
    st.lists(
        st.tuples(st.integers(1, 100), st.floats(0, 30), st.floats(0, 20)), min_size=1, max_size=30
    ),
    st.integers(100, 300),
)
def test_no_minute_of_the_service_holds_more_than_the_limit(
    calls: list[tuple[int, float, float]], limit: int
) -> None:
    """Each call: tokens, seconds until its answer comes, when in between the service counts it."""
    limiter, clock = limiter_at(limit)
    counted: list[tuple[float, int]] = []
    answers: list[tuple[float, int]] = []
    for tokens, latency, arrives in calls:
        while (wait := limiter.wait(tokens)) > 0:
            due = min(answers, default=(math.inf, 0))
            assert not math.isinf(min(wait, due[0] - clock.now))
            if due[0] <= clock.now + wait:
                answers.remove(due)
                clock.now = max(clock.now, due[0])
                limiter.close(due[1])
            else:
                clock.now += wait
        number = limiter.open(tokens)
        answers.append((clock.now + latency, number))
        counted.append((clock.now + min(arrives, latency), tokens))
    for end, _ in counted:
        assert sum(size for at, size in counted if end - 60 + 1e-6 < at <= end) <= limit


def test_a_call_that_fits_goes_at_once_and_a_full_minute_is_waited_for() -> None:
    limiter, clock = limiter_at(100)
    first = limiter.open(60)
    assert limiter.wait(38) == 0
    assert math.isinf(limiter.wait(39))
    limiter.close(first)
    limiter.close(first)
    clock.now += 20
    assert limiter.wait(41) == 40
    clock.now += 40
    assert limiter.wait(100) == 0
    assert not limiter.fits(101)


def test_without_a_known_limit_one_call_goes_ahead_to_learn_it() -> None:
    limiter, _ = limiter_at(None)
    assert limiter.wait(10**9) == 0
    number = limiter.open(1_000)
    assert math.isinf(limiter.wait(1))
    limiter.close(number, {"x-ratelimit-limit-tokens": "1500"})
    assert limiter.limit == 1_500
    assert limiter.wait(470) == 0
    assert limiter.wait(471) == 60


def test_a_service_without_limits_lets_all_calls_through() -> None:
    limiter, _ = limiter_at(None)
    limiter.close(limiter.open(1_000), {})
    limiter.open(10**9)
    assert limiter.wait(10**9) == 0


def test_what_others_took_of_the_limit_counts_until_it_is_reset() -> None:
    limiter, clock = limiter_at(1_000)
    headers = {
        "x-ratelimit-limit-tokens": "1000",
        "x-ratelimit-remaining-tokens": "300",
        "x-ratelimit-reset-tokens": "42s",
    }
    limiter.close(limiter.open(100), headers)
    assert limiter.wait(280) == 0
    assert limiter.wait(281) == 42
    clock.now += 42
    assert limiter.wait(880) == 0


def test_requests_that_are_used_up_are_waited_for() -> None:
    limiter, _ = limiter_at(None)
    headers = {"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "1m12s"}
    limiter.close(limiter.open(1), headers)
    assert limiter.wait(1) == 72


def test_headers_that_say_nothing_change_nothing() -> None:
    limiter, _ = limiter_at(100)
    nonsense = {
        "x-ratelimit-limit-tokens": "-1",
        "x-ratelimit-remaining-tokens": "many",
        "x-ratelimit-reset-tokens": "soon",
    }
    limiter.close(limiter.open(40), nonsense)
    assert limiter.limit == 100
    assert limiter.wait(58) == 0


def test_a_wait_that_the_service_asked_for_holds_everyone() -> None:
    limiter, clock = limiter_at(None)
    limiter.hold(7)
    limiter.hold(3)
    assert limiter.wait(1) == 7
    clock.now += 7
    assert limiter.wait(1) == 0


def test_calls_made_without_asking_count() -> None:
    limiter, _ = limiter_at(100)
    limiter.used(80)
    assert limiter.wait(21) == 60


async def test_a_pause_ends_when_something_changes() -> None:
    limiter = RateLimiter(100)
    number = limiter.open(100)
    pause = asyncio.create_task(limiter.pause(math.inf))
    await asyncio.sleep(0)
    limiter.close(number)
    await asyncio.wait_for(pause, 10)
    await limiter.pause(0.01)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1s", 1), ("6m0s", 360), ("20ms", 0.02), ("1h2m3.5s", 3723.5), ("12", 12), (" 7s ", 7),
        ("", None), ("soon", None), ("1s later", None), ("-5s", None), ("9" * 40 + "s", None),
    ],
)  # fmt: skip
def test_reset_headers(text: str, seconds: float | None) -> None:
    assert reset_seconds(text) == (None if seconds is None else pytest.approx(seconds))
