"""A loopback HTTPS server that speaks the Log Analytics query API over a DuckDB file.

    with LogAnalyticsServer(database) as server:
        server.next("throttled", retry_after=1)
        LogAnalyticsWorkspace(server.workspace_id, server.credential(), endpoint=server.endpoint,
                              ca_bundle=server.ca_bundle)

It runs the KQL for real and also is the Entra authority (`server.entra`) at the same address.
Wire format: https://learn.microsoft.com/azure/azure-monitor/logs/api/request-format
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import math
import re
import secrets
import shutil
import socket
import ssl
import tempfile
import threading
from collections import deque
from dataclasses import dataclass, field
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qsl

from azure.core.credentials import AccessToken

from soc_tui.model.catalog import Column, KqlType
from soc_tui.model.errors import QueryError, WorkspaceError
from soc_tui.model.rows import Rows
from soc_tui.workspaces.local.workspace import LocalWorkspace
from tests.wire.entra_server import Entra
from tests.wire.loopback_certificate import write_certificate

_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?")
_ERRORS: dict[str, tuple[int, str, str]] = {
    "unauthorized": (401, "InvalidTokenError", "The provided authentication is not valid."),
    "forbidden": (
        403,
        "InsufficientAccessError",
        "The provided credentials have insufficient access to perform the requested operation",
    ),
    "not_found": (404, "WorkspaceNotFoundError", "Could not find the requested workspace."),
    "throttled": (429, "ThrottledError", "The request was throttled."),
    "internal": (500, "InternalServerError", "An internal error occurred."),
    "gateway_timeout": (504, "GatewayTimeout", "The query timed out."),
}


@dataclass
class Request:
    """One request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def document(self) -> Any:
        return json.loads(self.body)


@dataclass
class Fault:
    name: str
    options: dict[str, Any] = field(default_factory=dict)


class StaticCredential:
    """Gives one token, and counts how often it was asked."""

    def __init__(self, token: str) -> None:
        self._token = token
        self.closed = False

    async def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        return AccessToken(self._token, 4_000_000_000)

    async def close(self) -> None:
        self.closed = True

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


class LogAnalyticsServer:
    """See the module. `requests` holds every request of the query API, in order."""

    def __init__(self, database: Path | None = None) -> None:
        self.database = database
        self.metadata: dict[str, Any] | None = None
        """Answer of the metadata request in place of the database's tables."""
        self.workspace_id = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
        self.token = "token-" + secrets.token_hex(16)
        self.entra = Entra()
        self.requests: list[Request] = []
        self.hanging = threading.Event()
        self.aborted = threading.Event()
        self.stopping = threading.Event()
        self._faults: deque[Fault] = deque()
        self._folder = Path(tempfile.mkdtemp(prefix="log-analytics-"))
        self.ca_bundle = self._folder / "ca.pem"
        self._http = self._listen()

    def _listen(self) -> ThreadingHTTPServer:
        key = write_certificate(self.ca_bundle)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.ca_bundle, key)
        http = _Server(("127.0.0.1", 0), _handler(self))
        http.daemon_threads = True
        http.socket = context.wrap_socket(
            http.socket, server_side=True, do_handshake_on_connect=False
        )
        return http

    @property
    def endpoint(self) -> str:
        return f"https://127.0.0.1:{self._http.server_address[1]}"

    @property
    def authority(self) -> str:
        """The Entra authority: the same address."""
        return self.endpoint

    @property
    def environment(self) -> dict[str, str]:
        """Variables that make soc-tui use this server, with a client secret for the sign-in."""
        return {
            "SOC_TUI_WORKSPACE": "log_analytics",
            "SOC_TUI_WORKSPACE_ID": self.workspace_id,
            "SOC_TUI_ENDPOINT": self.endpoint,
            "SOC_TUI_CREDENTIAL": "client_secret",
            "SOC_TUI_CA_BUNDLE": str(self.ca_bundle),
            "AZURE_TENANT_ID": self.entra.tenant_id,
            "AZURE_CLIENT_ID": self.entra.client_id,
            "AZURE_CLIENT_SECRET": self.entra.client_secret,
            "AZURE_AUTHORITY_HOST": self.authority,
        }

    def credential(self) -> StaticCredential:
        return StaticCredential(self.token)

    def next(self, fault: str, **options: Any) -> None:
        """The next query gets this fault instead of its answer; further calls queue up.

        syntax, semantic, unauthorized, forbidden, not_found, throttled (retry_after), internal,
        gateway_timeout, hang, partial (message), malformed, dropped, cut, html (status),
        packed (encoding, body), answer (document, status).
        """
        self._faults.append(Fault(fault, options))

    def take_fault(self) -> Fault | None:
        return self._faults.popleft() if self._faults else None

    def __enter__(self) -> Self:
        threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        self._http.shutdown()
        self._http.server_close()
        shutil.rmtree(self._folder)


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is part of the tests; anything else is printed."""
        import sys

        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


def _handler(server: LogAnalyticsServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: Any) -> None:
            pass

        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            form = dict(parse_qsl(body.decode("utf-8", "replace")))
            given = server.entra.handle(self.path, form, server.endpoint)
            if given is not None:
                self.reply(*given)
                return
            request = Request(self.command, self.path, dict(self.headers), body)
            server.requests.append(request)
            self._answer_query(request)

        def _answer_query(self, request: Request) -> None:
            token = request.headers.get("Authorization", "").removeprefix("Bearer ")
            base = f"/v1/workspaces/{server.workspace_id}"
            if token not in (server.token, *server.entra.tokens):
                self.fail("unauthorized")
            elif fault := server.take_fault():
                self._break(fault, request)
            elif request.path == f"{base}/metadata" and request.method == "GET":
                self.reply(200, _metadata(server))
            elif request.path != f"{base}/query" or request.method != "POST":
                self.fail("not_found")
            else:
                self.reply(*_run(server, request))

        def fail(self, name: str, headers: dict[str, str] | None = None) -> None:
            status, code, message = _ERRORS[name]
            self.reply(status, {"error": {"code": code, "message": message}}, headers)

        def _break(self, fault: Fault, request: Request) -> None:
            options = fault.options
            match fault.name:
                case "syntax":
                    self.reply(400, syntax_error())
                case "semantic":
                    self.reply(400, semantic_error("Failed to resolve table or column 'Nope'"))
                case "throttled":
                    self.fail("throttled", {"Retry-After": str(options.get("retry_after", 1))})
                case "hang":
                    self._hang()
                case "partial":
                    status, document = _run(server, request)
                    self.reply(status, {**document, "error": partial_error(**options)})
                case "malformed":
                    self.send(200, b'{"tables":[{"name":"PrimaryResult","columns":[')
                case "html":
                    self.send(options.get("status", 502), b"<html>proxy</html>", "text/html")
                case "packed":
                    self.send(
                        200, options["body"], headers={"Content-Encoding": options["encoding"]}
                    )
                case "redirect":
                    self.send(307, b"", headers={"Location": options["to"]})
                case "dropped":
                    self._drop()
                case "cut":
                    self.send(200, b'{"tables":[', length=1000)
                    self._drop()
                case "answer":
                    self.reply(options.get("status", 200), options["document"])
                case name:
                    self.fail(name)

        def _drop(self) -> None:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)

        def _hang(self) -> None:
            self.close_connection = True
            self.connection.settimeout(0.05)
            server.hanging.set()
            while not server.stopping.is_set():
                try:
                    if not self.connection.recv(1):
                        break
                except TimeoutError:
                    continue
                except OSError:
                    break
            server.aborted.set()

        def reply(
            self, status: int, document: dict[str, Any], headers: dict[str, str] | None = None
        ) -> None:
            self.send(status, json.dumps(document).encode(), headers=headers)

        def send(
            self,
            status: int,
            body: bytes,
            kind: str = "application/json",
            headers: dict[str, str] | None = None,
            length: int | None = None,
        ) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(length or len(body)))
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

    return Handler


def _run(server: LogAnalyticsServer, request: Request) -> tuple[int, dict[str, Any]]:
    document = request.document
    if not isinstance(document.get("query"), str) or server.database is None:
        return 400, {"error": {"code": "BadArgumentError", "message": "No query was given."}}
    workspace = LocalWorkspace(server.database)
    try:
        rows = asyncio.run(
            workspace.query(document["query"], timespan=duration(document.get("timespan")))
        )
    except QueryError as error:
        return 400, semantic_error(error.what, error.line, error.column)
    except WorkspaceError:
        return 500, {"error": {"code": "InternalServerError", "message": "It broke."}}
    return 200, answer_document(rows)


def _metadata(server: LogAnalyticsServer) -> dict[str, Any]:
    if server.metadata is not None:
        return server.metadata
    assert server.database is not None
    tables = asyncio.run(LocalWorkspace(server.database).schema())
    return {
        "tables": [
            {"id": f"t/{name}", "name": name, "columns": [_column(c) for c in columns]}
            for name, columns in tables.items()
        ]
    }


def duration(text: str | None) -> dt.timedelta | None:
    """ISO 8601 duration."""
    if text is None:
        return None
    match = _DURATION.fullmatch(text)
    assert match, f"not a duration: {text}"
    days, hours, minutes, seconds = (float(part or 0) for part in match.groups())
    return dt.timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def answer_document(rows: Rows) -> dict[str, Any]:
    """Rows as the API writes them."""
    kinds = [column.type for column in rows.columns]
    cells = [column.to_pylist() for column in rows.table.columns]
    lines = [
        [_cell(value, kind) for value, kind in zip(line, kinds, strict=True)]
        for line in zip(*cells, strict=True)
    ]
    columns = [_column(column) for column in rows.columns]
    return {"tables": [{"name": "PrimaryResult", "columns": columns, "rows": lines}]}


def _column(column: Column) -> dict[str, str]:
    return {"name": column.name, "type": column.type.value}


def _cell(value: Any, kind: KqlType) -> Any:
    if value is None:
        return None
    if kind is KqlType.DATETIME:
        return f"{value:%Y-%m-%dT%H:%M:%S}.{value.microsecond:06d}0Z"
    if kind is KqlType.TIMESPAN:
        return timespan_text(value)
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return str(value) if isinstance(value, Decimal) else value


def timespan_text(value: dt.timedelta) -> str:
    """`[-][d.]hh:mm:ss[.fffffff]`."""
    sign, size = ("-", -value) if value < dt.timedelta(0) else ("", value)
    clock = f"{size.seconds // 3600:02d}:{size.seconds // 60 % 60:02d}:{size.seconds % 60:02d}"
    days = f"{size.days}." if size.days else ""
    ticks = f".{size.microseconds:06d}0" if size.microseconds else ""
    return f"{sign}{days}{clock}{ticks}"


def syntax_error(line: int = 2, pos: int = 2, token: str = "wher") -> dict[str, Any]:
    """400 with the exact place; `pos` counts from 0."""
    exact = {
        "code": "SYN0002",
        "message": f"Query could not be parsed at '{token}' on line [{line},{pos}]",
        "line": line,
        "pos": pos,
        "token": token,
    }
    return _bad_query("SyntaxError", "A recognition error occurred in the query.", exact)


def semantic_error(
    message: str, line: int | None = None, column: int | None = None
) -> dict[str, Any]:
    exact: dict[str, Any] = {"code": "SEM0100", "message": message}
    if line is not None:
        exact |= {"line": line, "pos": (column or 1) - 1}
    return _bad_query("SemanticError", "A semantic error occurred.", exact)


def _bad_query(code: str, message: str, exact: dict[str, Any]) -> dict[str, Any]:
    inner = {"code": code, "message": message, "innererror": exact}
    return {
        "error": {
            "message": "The request had some invalid properties",
            "code": "BadArgumentError",
            "correlationId": "0",
            "innererror": inner,
        }
    }


def partial_error(
    message: str = "The results of this query exceed the set limit of 64000000 bytes.",
) -> dict[str, Any]:
    return {
        "code": "PartialError",
        "message": "There were some errors when processing your query.",
        "details": [
            {
                "code": "EngineError",
                "message": "Something went wrong processing your query on the server.",
                "innererror": {"code": "-2133196797", "message": message, "severity": 2},
            }
        ],
    }
