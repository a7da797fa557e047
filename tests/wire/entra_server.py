"""Microsoft Entra's token endpoint on loopback: client secret and device code flows.

    entra = Entra(); entra.handle("POST", "/tenant/oauth2/v2.0/token", form) -> (status, document)

Runs inside LogAnalyticsServer, so that one certificate is enough. Wire format:
https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow and
https://learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code
"""

from __future__ import annotations

import base64
import json
import re
import secrets
import threading
import time
from collections.abc import Mapping
from typing import Any

Answer = tuple[int, dict[str, Any]]

_PATH = re.compile(r"/(?P<tenant>[\w.-]+)/(?P<rest>oauth2/v2\.0/\w+|v2\.0/\.well-known/[\w-]+)")


class Entra:
    """One tenant with one application.

    Attributes:
        tokens: Every access token given.
        signed_in: Set by the user who typed the device code.
        scopes: Scope of each token request.
    """

    def __init__(self) -> None:
        self.tenant_id = "11111111-2222-3333-4444-555555555555"
        self.client_id = "66666666-7777-8888-9999-000000000000"
        self.client_secret = "s3cr3t-" + secrets.token_hex(8)
        self.user_code = "ABCD1234"
        self.refresh_token = "refresh-" + secrets.token_hex(8)
        self.tokens: list[str] = []
        self.scopes: list[str] = []
        self.signed_in = threading.Event()

    def handle(self, path: str, form: Mapping[str, str], origin: str) -> Answer | None:
        """The answer to a request for this path, or None when it is not Entra's."""
        match = _PATH.fullmatch(path.partition("?")[0])
        if match is None:
            return None
        tenant = match["tenant"]
        match match["rest"].rsplit("/", 1)[-1]:
            case "openid-configuration":
                return 200, self._configuration(f"{origin}/{tenant}")
            case "devicecode":
                return 200, self._device_code(origin)
            case "token":
                return self._token(tenant, form)
        return None

    def _configuration(self, authority: str) -> dict[str, Any]:
        return {
            "issuer": f"{authority}/v2.0",
            "authorization_endpoint": f"{authority}/oauth2/v2.0/authorize",
            "token_endpoint": f"{authority}/oauth2/v2.0/token",
            "device_authorization_endpoint": f"{authority}/oauth2/v2.0/devicecode",
        }

    def _device_code(self, origin: str) -> dict[str, Any]:
        return {
            "user_code": self.user_code,
            "device_code": "device-code-of-this-flow",
            "verification_uri": f"{origin}/device",
            "expires_in": 900,
            "interval": 1,
            "message": f"Open {origin}/device and enter {self.user_code}.",
        }

    def _token(self, tenant: str, form: Mapping[str, str]) -> Answer:
        if tenant not in (self.tenant_id, "organizations"):
            return _error("invalid_request", 90002, f"Tenant '{tenant}' not found.")
        if form.get("grant_type", "").endswith("device_code"):
            if not self.signed_in.is_set():
                return _error("authorization_pending", 70016, "The user has not signed in yet.")
            status, document = self._given(form)
            return status, {**document, **self._human()}
        if form.get("grant_type") == "refresh_token":
            if form.get("refresh_token") != self.refresh_token:
                return _error("invalid_grant", 700082, "The refresh token has expired.")
            status, document = self._given(form)
            return status, {**document, **self._human()}
        if form.get("grant_type") != "client_credentials":
            return _error("unsupported_grant_type", 70003, "The grant type is not supported.")
        if form.get("client_id") != self.client_id:
            return _error("unauthorized_client", 700016, "Application not found in the directory.")
        if form.get("client_secret") != self.client_secret:
            return _error("invalid_client", 7000215, "Invalid client secret provided.", 401)
        return self._given(form)

    def _human(self) -> dict[str, str]:
        """Who signed in: what only a user's token comes with."""
        now = int(time.time())
        claims = {
            "iss": f"https://login.example/{self.tenant_id}/v2.0",
            "aud": self.client_id,
            "sub": "subject",
            "oid": "object",
            "tid": self.tenant_id,
            "preferred_username": "analyst@example.com",
            "iat": now,
            "exp": now + 3600,
        }
        header = _base64({"alg": "none", "typ": "JWT"})
        return {
            "id_token": f"{header}.{_base64(claims)}.",
            "client_info": _base64({"uid": "object", "utid": self.tenant_id}),
            "refresh_token": self.refresh_token,
        }

    def _given(self, form: Mapping[str, str]) -> Answer:
        token = "entra-" + secrets.token_hex(16)
        self.tokens.append(token)
        self.scopes.append(form.get("scope", ""))
        return 200, {"token_type": "Bearer", "expires_in": 3599, "access_token": token}


def _base64(document: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(document).encode()).decode().rstrip("=")


def _error(code: str, number: int, text: str, status: int = 400) -> Answer:
    return status, {
        "error": code,
        "error_description": f"AADSTS{number}: {text} Trace ID: 0 Correlation ID: 0",
        "error_codes": [number],
    }
