"""A loopback model server whose answers never end."""

from __future__ import annotations

import itertools
import json
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

_STREAM = "Content-Type: text/event-stream"
_JSON = "Content-Type: application/json"


def _event(delta: dict[str, Any]) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": None}
    chunk = {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": "m"}
    return f"data: {json.dumps(chunk | {'choices': [choice]})}\n\n".encode()


def _again(piece: bytes, seconds: float = 0.0) -> Iterator[bytes]:
    for _ in itertools.repeat(None):
        yield piece
        time.sleep(seconds)


def _dripping_headers() -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\nX-Slow: "
    yield from _again(b"a", 0.05)


def _packed() -> Iterator[bytes]:
    packer = zlib.compressobj(wbits=31)
    for _ in itertools.repeat(None):
        yield packer.compress(b" \n" * 2**20)


def _headed(head: str, body: Iterator[bytes]) -> Iterator[bytes]:
    yield f"HTTP/1.1 200 OK\r\n{head}\r\nConnection: close\r\n\r\n".encode()
    yield from body


ANSWERS: dict[str, Callable[[], Iterator[bytes]]] = {
    "pings": lambda: _headed(_STREAM, _again(b": ping\n\n", 0.05)),
    "empty deltas": lambda: _headed(_STREAM, _again(_event({}) * 100)),
    "reasoning": lambda: _headed(_STREAM, _again(_event({"reasoning_content": "Hm. "}) * 100)),
    "refusal": lambda: _headed(_STREAM, _again(_event({"refusal": "I cannot. "}) * 100)),
    "text": lambda: _headed(_STREAM, _again(_event({"content": "and on "}) * 100)),
    "a line without end": lambda: _headed(_STREAM, _again(b"data: " + b"a" * 2**16)),
    "JSON without end": lambda: _headed(_JSON, _again(b" " * 2**16)),
    "JSON, a byte at a time": lambda: _headed(_JSON, _again(b" ", 0.05)),
    "packed": lambda: _headed(f"{_JSON}\r\nContent-Encoding: gzip", _packed()),
    "headers, a byte at a time": _dripping_headers,
    "an error page": lambda: itertools.chain(
        [b"HTTP/1.1 500 No\r\nConnection: close\r\n\r\n"], _again(b"<p>\n" * 2**14)
    ),
    "a redirect": lambda: itertools.chain(
        [b"HTTP/1.1 307 There\r\nLocation: /v1/there\r\nConnection: close\r\n\r\n"],
        _again(b"<p>\n" * 2**14),
    ),
}
"""What a server may send for ever, by name."""


class EndlessServer:
    """Sends one of `ANSWERS` to each request, until the other side hangs up.

    Attributes:
        sent: Bytes of the last answer.
    """

    def __init__(self, answer: str) -> None:
        self.sent = 0
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("content-length", 0)))
                self.close_connection = True
                server.sent = 0
                try:
                    for piece in ANSWERS[answer]():
                        self.wfile.write(piece)
                        server.sent += len(piece)
                except OSError:
                    return

            def log_message(self, *_: object) -> None:
                """Nobody reads it."""

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self._thread = threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )

    @property
    def base_url(self) -> str:
        """With /v1."""
        return f"http://127.0.0.1:{self._http.server_address[1]}/v1"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()
