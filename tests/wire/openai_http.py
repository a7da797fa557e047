"""How the loopback OpenAI server puts its answers on the wire: JSON, or a stream of events.

Wire format: https://platform.openai.com/docs/api-reference/chat and .../chat-streaming
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any

from soc_tui.analysts.packing.token_count import compact_json, count_messages, count_tokens
from tests.wire.openai_faults import Failure, Reply

if TYPE_CHECKING:
    from tests.wire.openai_server import OpenAIServer

MOST_PIECES = 300
"""Of one stream: the SDK takes half a millisecond for each."""


@dataclass(frozen=True)
class Recorded:
    """A request as it came."""

    path: str
    headers: Mapping[str, str]
    body: dict[str, Any]


def prompt_tokens(body: dict[str, Any]) -> int:
    """Tokens of what goes in."""
    schema = body.get("tools") or body.get("response_format") or ""
    return count_messages(body["messages"]) + count_tokens(compact_json(schema))


def _usage(body: dict[str, Any], reply: Reply) -> dict[str, Any]:
    prompt = prompt_tokens(body)
    said = reply.content or reply.tool_arguments or reply.refusal or ""
    completion = count_tokens(said) + 3
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 0},
    }


def _completion(body: dict[str, Any], reply: Reply) -> dict[str, Any]:
    message: dict[str, Any] = {
        "role": "assistant",
        "content": reply.content,
        "refusal": reply.refusal,
    }
    if reply.tool_arguments is not None:
        function = {"name": reply.tool_name, "arguments": reply.tool_arguments}
        message["tool_calls"] = [{"id": "call_1", "type": "function", "function": function}]
    answer = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": body["model"],
        "choices": [
            {
                "index": 0,
                "message": message,
                "finish_reason": reply.finish_reason,
                "logprobs": None,
            }
        ],
    }
    return answer | ({"usage": _usage(body, reply)} if reply.usage else {})


def _chunks(body: dict[str, Any], reply: Reply, azure: bool) -> Iterator[dict[str, Any]]:
    def chunk(delta: dict[str, Any], finish_reason: str | None = None) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "finish_reason": finish_reason, "logprobs": None}
        return head | {"choices": [choice], "usage": None}

    head = {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": int(time.time()),
        "model": body["model"],
    }
    key, text = ("refusal", reply.refusal) if reply.refusal else ("content", reply.content or "")
    if azure:  # the filter's word on the prompt comes first, without a choice
        results = [{"prompt_index": 0, "content_filter_results": {}}]
        yield head | {"choices": [], "prompt_filter_results": results}
    yield chunk({"role": "assistant", "content": "", "refusal": None})
    size = max(reply.piece_chars, len(text) // MOST_PIECES)
    pieces = [text[i : i + size] for i in range(0, len(text), size)]
    for piece in pieces[: reply.stop_after]:
        yield chunk({key: piece})
    yield chunk({}, reply.finish_reason)
    if reply.usage and body.get("stream_options", {}).get("include_usage"):
        yield head | {"choices": [], "usage": _usage(body, reply)}


def handler(server: OpenAIServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = int(self.headers.get("content-length", 0))
            body = json.loads(self.rfile.read(length))
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer = server.answer(Recorded(self.path, headers, body))
            try:
                self._send(body, answer)
            except (BrokenPipeError, ConnectionResetError):
                server.aborted += 1
                self.close_connection = True

        def do_GET(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            listed = server.listed(Recorded(self.path, headers, {}))
            if isinstance(listed, Failure):
                self._send_failure(listed)
                return
            body = json.dumps(listed).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _send(self, body: dict[str, Any], answer: Reply | Failure) -> None:
            if isinstance(answer, Failure):
                self._send_failure(answer)
                return
            time.sleep(answer.first_delay)
            if server.dialect.understood(body).get("stream"):
                self._send_stream(body, answer)
            else:
                content = json.dumps(_completion(body, answer)).encode()
                self._send_bytes(200, content, {"Content-Type": "application/json"})

        def _send_failure(self, failure: Failure) -> None:
            error = {
                "message": failure.message,
                "type": failure.type,
                "param": None,
                "code": failure.code,
            }
            content = failure.body or json.dumps({"error": error}).encode()
            headers = {"Content-Type": failure.content_type, **failure.headers}
            self._send_bytes(failure.status, content, headers)

        def _send_bytes(self, status: int, content: bytes, headers: Mapping[str, str]) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def _send_stream(self, body: dict[str, Any], reply: Reply) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Transfer-Encoding", "chunked")
            for name, value in (server.meter.headers() if server.meter else {}).items():
                self.send_header(name, value)
            self.end_headers()
            if reply.stray:
                self._write(f"data: {reply.stray}\n\n")
            for number, chunk in enumerate(_chunks(body, reply, server.azure_tokens is not None)):
                if reply.cut_after is not None and number > reply.cut_after:
                    self.close_connection = True
                    return
                time.sleep(reply.piece_delay)
                self._write(f"data: {json.dumps(chunk, ensure_ascii=False)}\n\n")
            self._write("data: [DONE]\n\n")
            self.wfile.write(b"0\r\n\r\n")

        def _write(self, text: str) -> None:
            content = text.encode("utf-8", "surrogatepass")
            self.wfile.write(f"{len(content):X}\r\n".encode() + content + b"\r\n")
            self.wfile.flush()

        def log_message(self, *_: object) -> None:
            """Tests read `requests` instead."""

    return Handler
