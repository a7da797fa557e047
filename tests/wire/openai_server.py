"""A loopback server that speaks OpenAI chat completions: tool calls, JSON schema, SSE, faults.

    with OpenAIServer() as server:
        analyst = OpenAIAnalyst(endpoint=Endpoint(server.base_url, server.api_key), ...)

The model behind it is a script: two callables that plan from the request's words and hunt in the
rows that were really sent. It checks requests as the real service does (key, strict schemas, tool
choice, parameter names) and answers 400 where that one would.

openai_http.py writes the answers on the wire, openai_faults.py has what may go wrong.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Sequence
from http.server import ThreadingHTTPServer
from typing import Any, Self

from tests.wire.openai_dialects import Dialect
from tests.wire.openai_faults import (
    Failure,
    Reply,
    Step,
    model_not_found,
    rate_limited,
    too_large,
    unauthorized,
)
from tests.wire.openai_http import Recorded, handler, prompt_tokens
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


class OpenAIServer:
    """Loopback server; every request is in `requests`, every aborted stream counted.

    Args:
        plan: Arguments of the tool call for a planning request.
        hunt: Findings for a hunting request.
        repair: The corrected query and what was changed, for a repair.
        discuss: Answer and query for ask about a finding, from the request's body.
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
        self.refuses: Callable[[dict[str, Any]], Failure | None] = lambda _: None
        self.requests: list[Recorded] = []
        self.aborted = 0
        self._steps: list[Step] = []
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), handler(self))
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
        if refused := self.refuses(recorded.body):
            return refused
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
            answer = {"call": {"tool": TOOL, "arguments": plan}} if is_call(schema) else plan
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
