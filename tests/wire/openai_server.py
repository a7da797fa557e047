"""A loopback server that speaks OpenAI chat completions: tool calls, JSON schema, SSE, faults.

    with OpenAIServer() as server:
        analyst = OpenAIAnalyst(endpoint=Endpoint(server.base_url, server.api_key), ...)

The model behind it is a script: two callables that plan from the request's words and hunt in the
rows that were really sent. It checks requests as the real service does (key, strict schemas, tool
choice, parameter names) and answers 400 where that one would.

Wire format: https://platform.openai.com/docs/api-reference/chat and .../chat-streaming
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from soc_tui.analysts.tokens import compact_json, count_messages, count_tokens
from tests.wire.openai_dialects import Dialect
from tests.wire.openai_rules import request_problem
from tests.wire.scripted_kql import KqlRequest, scripted_explanation, scripted_repair
from tests.wire.scripted_model import (
    HuntRequest,
    PlanCall,
    asked_schema,
    is_call,
    is_hunt,
    scripted_answer,
    scripted_hunt,
    scripted_plan,
)
from tests.wire.token_meter import TokenMeter

TOOL = "query_log_analytics"
MOST_PIECES = 2_000
"""Of one stream: the SDK takes half a millisecond for each."""


@dataclass(frozen=True)
class Reply:
    """An answer, and how it goes over the wire.

    Attributes:
        content, tool_arguments, refusal: What the model says.
        piece_chars: Characters in each SSE piece; more in a text of over MOST_PIECES such.
        piece_delay: Seconds before each piece.
        cut_after: Pieces after which the connection is closed without a word; None for never.
        usage: False for servers that send none.
        stop_after: Pieces after which the model stops, with `finish_reason`.
        stray: A line of the stream sent as it is before the content.
    """

    content: str | None = None
    tool_name: str = ""
    tool_arguments: str | None = None
    refusal: str | None = None
    finish_reason: str = "stop"
    piece_chars: int = 9
    piece_delay: float = 0.0
    first_delay: float = 0.0
    cut_after: int | None = None
    stop_after: int | None = None
    usage: bool = True
    stray: str = ""


@dataclass(frozen=True)
class Failure:
    """An HTTP error in OpenAI's form."""

    status: int
    message: str
    code: str | None = None
    type: str = "invalid_request_error"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    content_type: str = "application/json"


Step = Failure | Callable[[Reply], Reply]
"""What happens to one request: it fails, or its reply is changed."""


def unauthorized(key: str = "sk-wr***ng") -> Failure:
    """401, quoting the key as the real service does."""
    return Failure(401, f"Incorrect API key provided: {key}.", "invalid_api_key")


def forbidden() -> Failure:
    """403."""
    return Failure(403, "Project does not have access to model.", "model_not_found")


def model_not_found(model: str) -> Failure:
    """404."""
    message = f"The model `{model}` does not exist or you do not have access to it."
    return Failure(404, message, "model_not_found")


def rate_limited(retry_after: str = "0.05") -> Failure:
    """429 that passes."""
    headers = {"Retry-After": retry_after} if retry_after else {}
    return Failure(429, "Rate limit reached.", "rate_limit_exceeded", "tokens", headers)


def rate_limited_until(**resets: str) -> Failure:
    """429 without Retry-After: requests="1s" and tokens="6m0s" tell when a limit is full again."""
    headers = {f"x-ratelimit-reset-{name}": text for name, text in resets.items()}
    headers |= {f"x-ratelimit-remaining-{name}": "0" for name in resets}
    return Failure(429, "Rate limit reached.", "rate_limit_exceeded", "tokens", headers)


def too_large(limit: int, requested: int) -> Failure:
    """429 of a call that alone is over the tokens per minute."""
    message = (
        "Request too large for gpt-5-mini in organization org-1 on tokens per min (TPM): "
        f"Limit {limit}, Requested {requested}. The input or output tokens must be reduced."
    )
    return Failure(429, message, "rate_limit_exceeded", "tokens", {})


def out_of_quota() -> Failure:
    """429 that does not pass."""
    message = "You exceeded your current quota, please check your plan and billing details."
    return Failure(429, message, "insufficient_quota", "insufficient_quota")


def too_long() -> Failure:
    """400 because of the context."""
    message = "This model's maximum context length is 272000 tokens. Please reduce the length."
    return Failure(400, message, "context_length_exceeded")


def filtered_prompt() -> Failure:
    """400 of Azure OpenAI's content filter."""
    return Failure(400, "The prompt triggered the content management policy.", "content_filter")


def server_error(status: int = 500) -> Failure:
    """5xx."""
    return Failure(status, "The server had an error.", None, "server_error")


def cut(pieces: int) -> Step:
    """The connection closes after so many pieces."""
    return lambda reply: replace(reply, cut_after=pieces)


def stopped(finish_reason: str, pieces: int) -> Step:
    """The model stops after so many pieces: "length" or "content_filter"."""
    return lambda reply: replace(reply, stop_after=pieces, finish_reason=finish_reason)


def cut_short(pieces: int) -> Step:
    """The model says that it is done in the middle of its JSON."""
    return lambda reply: replace(reply, stop_after=pieces)


def refused(words: str = "I cannot help with that.") -> Step:
    """The model refuses."""
    return lambda _: Reply(refusal=words)


def says(content: str) -> Step:
    """The model says this, whatever was asked."""
    return lambda _: Reply(content=content)


def calls_with(arguments: str) -> Step:
    """The model calls the tool with these arguments."""
    return lambda reply: replace(reply, tool_arguments=arguments)


def calls_tool(name: str, arguments: Mapping[str, Any]) -> Step:
    """The model calls this tool."""
    return lambda reply: replace(reply, tool_name=name, tool_arguments=json.dumps(arguments))


def slow(seconds: float) -> Step:
    """Each piece comes this late."""
    return lambda reply: replace(reply, piece_delay=seconds)


def late(seconds: float) -> Step:
    """The answer begins this late."""
    return lambda reply: replace(reply, first_delay=seconds)


def without_usage() -> Step:
    """A server that sends no usage."""
    return lambda reply: replace(reply, usage=False)


def stray_line(line: str) -> Step:
    """A line in the stream that is not what it should be."""
    return lambda reply: replace(reply, stray=line)


@dataclass(frozen=True)
class Recorded:
    """A request as it came."""

    path: str
    headers: Mapping[str, str]
    body: dict[str, Any]


class OpenAIServer:
    """Loopback server; every request is in `requests`, every aborted stream counted.

    Args:
        plan: Arguments of the tool call for a planning request.
        hunt: Findings for a hunting request.
        repair: The corrected query and what was changed, for a repair.
        discuss: Answer and query for a question on a finding, from the request's body.
        api_key: The only key that is accepted; empty accepts requests with any.
        models: Models that exist; None for all.
        meter: Counts tokens per minute and refuses what is over; None for no limit.
        dialect: What the server lacks.
        azure_tokens: Makes it Azure OpenAI, which takes these Entra tokens (as they are at the
            time) or `api_key`, and whose `models` are deployments.
    """

    def __init__(
        self,
        *,
        plan: Callable[[PlanCall], dict[str, Any]] = scripted_plan,
        hunt: Callable[[HuntRequest], list[dict[str, Any]]] = scripted_hunt,
        repair: Callable[[KqlRequest], dict[str, Any]] = scripted_repair,
        discuss: Callable[[dict[str, Any]], dict[str, str]] = scripted_answer,
        api_key: str = "sk-test-0123456789abcdef",
        models: frozenset[str] | None = None,
        meter: TokenMeter | None = None,
        dialect: Dialect = Dialect(),  # noqa: B008 - frozen
        azure_tokens: Sequence[str] | None = None,
    ) -> None:
        self.plan = plan
        self.hunt = hunt
        self.explain = scripted_explanation
        self.repair = repair
        self.discuss = discuss
        self.api_key = api_key
        self.models = models
        self.meter = meter
        self.dialect = dialect
        self.azure_tokens = azure_tokens
        self.requests: list[Recorded] = []
        self.aborted = 0
        self._steps: list[Step] = []
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def next(self, *steps: Step) -> None:
        """What happens to the next requests, one each; after these, all goes well."""
        self._steps.extend(steps)

    @property
    def address(self) -> str:
        """Scheme, host and port: the address of an Azure OpenAI resource."""
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    @property
    def base_url(self) -> str:
        """For `base_url` of the SDK."""
        return f"{self.address}/v1"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join(timeout=5)

    def _serve(self) -> None:
        self._http.serve_forever(poll_interval=0.02)

    def answer(self, recorded: Recorded) -> Reply | Failure:
        """The reply to one request, checked as the service checks it."""
        self.requests.append(recorded)
        step = self._steps.pop(0) if self._steps else None
        if isinstance(step, Failure):
            return step
        problem = self._rejection(recorded)
        if problem is not None:
            return problem
        reply = self._scripted(recorded.body)
        return step(reply) if step is not None else reply

    def listed(self, recorded: Recorded) -> dict[str, Any] | Failure:
        """The list of models. https://platform.openai.com/docs/api-reference/models/list"""
        self.requests.append(recorded)
        step = self._steps.pop(0) if self._steps else None
        if isinstance(step, Failure):
            return step
        if self.api_key and recorded.headers.get("authorization") != f"Bearer {self.api_key}":
            return unauthorized()
        if recorded.path != "/v1/models":
            return Failure(404, f"Invalid URL (GET {recorded.path})")
        names = sorted(self.models if self.models is not None else {"gpt-5", "gpt-5-mini"})
        entry = {"object": "model", "created": 1_750_000_000, "owned_by": "system"}
        return {"object": "list", "data": [{"id": name, **entry} for name in names]}

    def _rejection(self, recorded: Recorded) -> Failure | None:
        if self.azure_tokens is not None:
            wrong = azure_rejection(self, recorded)
        else:
            wrong = self._unknown(recorded)
        if wrong is not None:
            return wrong
        rejected = self.dialect.rejection(recorded.body)
        if rejected is not None:
            return Failure(rejected[0], "", body=rejected[1])
        if self.dialect != Dialect():
            return None
        problem = request_problem(recorded.body)
        return Failure(400, problem) if problem else self._over_rate(recorded.body)

    def _over_rate(self, body: dict[str, Any]) -> Failure | None:
        if self.meter is None:
            return None
        tokens = prompt_tokens(body) + body["max_completion_tokens"]
        if self.meter.admit(tokens):
            return None
        if tokens > self.meter.limit:
            return too_large(self.meter.limit, tokens)
        return rate_limited(f"{self.meter.minute:.2f}")

    def _unknown(self, recorded: Recorded) -> Failure | None:
        """Why OpenAI itself would not know the key, the address or the model."""
        if self.api_key and recorded.headers.get("authorization") != f"Bearer {self.api_key}":
            return unauthorized()
        if recorded.path != "/v1/chat/completions":
            return Failure(404, f"Invalid URL (POST {recorded.path})")
        model = recorded.body.get("model", "")
        if self.models is not None and model not in self.models:
            return model_not_found(model)
        return None

    def _scripted(self, body: dict[str, Any]) -> Reply:
        body = self.dialect.understood(body)
        if body.get("tools"):
            name = body["tools"][0]["function"]["name"]
            arguments = json.dumps(self.plan(PlanCall(body)))
            return Reply(tool_name=name, tool_arguments=arguments)
        schema = asked_schema(body)
        if not schema:
            return Reply(content="I would look for PowerShell in the process events.")
        asked = set(schema.get("properties", ()))
        if asked == {"summary", "passages"}:
            answer: object = self.explain(KqlRequest(body))
        elif asked == {"kql", "words"}:
            answer = self.repair(KqlRequest(body))
        elif asked == {"answer", "kql"}:
            answer = self.discuss(body)
        elif is_hunt(body):
            answer = {"findings": self.hunt(HuntRequest(body))}
        else:
            plan = self.plan(PlanCall(body))
            answer = {"tool": TOOL, "arguments": plan} if is_call(schema) else plan
        return Reply(content=self.dialect.said(json.dumps(answer, ensure_ascii=False)))


_AZURE_PATH = re.compile(
    r"/openai/(?:v1/chat/completions|deployments/([\w.-]+)/chat/completions\?api-version=[\w-]+)"
)


def azure_rejection(server: OpenAIServer, recorded: Recorded) -> Failure | None:
    """Why Azure OpenAI would not take the sign-in, the address or the deployment.

    https://learn.microsoft.com/azure/ai-foundry/openai/reference
    """
    path = _AZURE_PATH.fullmatch(recorded.path)
    if path is None:
        return Failure(404, "Resource not found", "404")
    given = recorded.headers.get("api-key"), recorded.headers.get("authorization")
    taken: list[tuple[str | None, str | None]]
    taken = [(None, f"Bearer {token}") for token in server.azure_tokens or ()]
    # The v1 API has no deployment in its path, and takes the key as OpenAI does.
    taken.append((server.api_key, None) if path[1] else (None, f"Bearer {server.api_key}"))
    if given not in taken:
        return Failure(401, "Access denied due to invalid subscription key.", "401")
    deployment = path[1] or recorded.body.get("model", "")
    if server.models is not None and deployment not in server.models:
        return Failure(
            404, "The API deployment for this resource does not exist.", "DeploymentNotFound"
        )
    return None


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


def _handler(server: OpenAIServer) -> type[BaseHTTPRequestHandler]:
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
