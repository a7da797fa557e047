"""Azure OpenAI by key and by Entra token, on both of its APIs; servers that want no key."""

from collections.abc import Callable

import pytest

from soc_tui.analysts.openai.endpoint import Endpoint
from soc_tui.model.errors import AnalystError, CredentialError
from soc_tui.model.plan import Plan
from tests.analysts.openai.cases import AnalystFactory, plan_request, rows_of, task_of
from tests.analysts.openai.test_hunt import SUSPICIOUS, collect
from tests.wire.openai_faults import Failure
from tests.wire.openai_server import OpenAIServer

TOKEN = "eyJ0eXAi.entra.token"
VERSIONS = ["", "2024-10-21"]


async def give() -> str:
    return TOKEN


def by_key(server: OpenAIServer, version: str) -> Endpoint:
    return Endpoint(server.address, server.api_key, azure=True, api_version=version)


def by_token(server: OpenAIServer, version: str) -> Endpoint:
    return Endpoint(f"{server.address}/", azure=True, api_version=version, token=give)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("way", [by_key, by_token])
async def test_a_deployment_plans_and_hunts(
    analyst_of: AnalystFactory, way: Callable[[OpenAIServer, str], Endpoint], version: str
) -> None:
    with OpenAIServer(azure_tokens=[TOKEN], models=frozenset({"my-deployment"})) as server:
        analyst = analyst_of(server, endpoint=way(server, version), model="my-deployment")
        answer = await analyst.plan(plan_request())
        prepared = await analyst.prepare(task_of(rows_of(SUSPICIOUS)))
        findings, usages, _, problem = await collect(prepared.run())
        path = server.requests[0].path
    assert isinstance(answer.outcome, Plan)
    assert problem is None
    assert len(findings) == 5
    assert prepared.quote.price is None  # unknown, never 0
    assert usages[0].price is None
    assert ("api-version=2024-10-21" in path) == bool(version)


@pytest.mark.parametrize("version", VERSIONS)
async def test_each_call_asks_for_the_token_that_is_good_then(
    analyst_of: AnalystFactory, version: str
) -> None:
    with OpenAIServer() as server:

        async def give_a_new_one() -> str:
            server.azure_tokens = [f"token-{len(server.requests)}"]
            return server.azure_tokens[0]

        endpoint = Endpoint(server.address, azure=True, api_version=version, token=give_a_new_one)
        analyst = analyst_of(server, endpoint=endpoint, model="mine")
        await analyst.plan(plan_request())
        prepared = await analyst.prepare(task_of(rows_of(SUSPICIOUS)))
        _, _, _, problem = await collect(prepared.run())
    assert problem is None


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    "path", ["/openai", "/openai/v1/", "/openai/deployments/d/chat?api-version=1"]
)
async def test_the_addresses_that_the_portal_shows_will_do(
    analyst_of: AnalystFactory, path: str, version: str
) -> None:
    with OpenAIServer(azure_tokens=()) as server:
        address = f"{server.address}{path}"
        endpoint = Endpoint(address, server.api_key, azure=True, api_version=version)
        assert await analyst_of(server, endpoint=endpoint, model="mine").plan(plan_request())


async def test_a_base_url_may_be_that_of_the_call(analyst_of: AnalystFactory) -> None:
    with OpenAIServer() as server:
        url = f"{server.base_url}/chat/completions/"
        assert await analyst_of(server, base_url=url).plan(plan_request())


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_deployment_that_is_not_there_is_told(
    analyst_of: AnalystFactory, version: str
) -> None:
    with OpenAIServer(azure_tokens=(), models=frozenset({"other"})) as server:
        analyst = analyst_of(server, endpoint=by_key(server, version), model="mine")
        with pytest.raises(AnalystError, match="no deployment mine"):
            await analyst.plan(plan_request())
        assert len(server.requests) == 1


async def test_a_key_and_a_token_that_are_not_accepted(analyst_of: AnalystFactory) -> None:
    with OpenAIServer(azure_tokens=[TOKEN]) as server:
        for endpoint in (
            Endpoint(server.address, "wrong-key", azure=True),
            Endpoint(server.address, "wrong-key", azure=True, api_version="2024-10-21"),
        ):
            analyst = analyst_of(server, endpoint=endpoint, model="mine")
            with pytest.raises(AnalystError, match="did not accept") as error:
                await analyst.plan(plan_request())
            assert "wrong-key" not in f"{error.value} {endpoint!r}"


async def test_a_missing_role_is_named(analyst_of: AnalystFactory) -> None:
    message = (
        "The principal `0b1c` lacks the required data action `Microsoft.CognitiveServices/...`"
    )
    with OpenAIServer(azure_tokens=[TOKEN]) as server:
        server.next(Failure(401, message, "PermissionDenied"))
        analyst = analyst_of(server, endpoint=by_token(server, ""), model="mine")
        with pytest.raises(AnalystError, match="Cognitive Services OpenAI User"):
            await analyst.plan(plan_request())


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_sign_in_that_fails_is_told_as_it_is(
    analyst_of: AnalystFactory, version: str
) -> None:
    async def refuse() -> str:
        raise CredentialError("Azure sign-in failed.", "The code expired.", "Try again.")

    with OpenAIServer(azure_tokens=[TOKEN]) as server:
        endpoint = Endpoint(server.address, azure=True, api_version=version, token=refuse)
        analyst = analyst_of(server, endpoint=endpoint, model="mine")
        with pytest.raises(CredentialError, match="Azure sign-in failed"):
            await analyst.plan(plan_request())
        prepared = await analyst.prepare(task_of(rows_of(SUSPICIOUS)))
        with pytest.raises(CredentialError):
            await collect(prepared.run())
        assert server.requests == []


async def test_closing_releases_the_sign_in(analyst_of: AnalystFactory) -> None:
    closed = []

    async def close() -> None:
        closed.append(True)

    with OpenAIServer(azure_tokens=[TOKEN]) as server:
        endpoint = Endpoint(server.address, azure=True, token=give, close=close)
        await analyst_of(server, endpoint=endpoint, model="mine").aclose()
    assert closed


@pytest.mark.parametrize(
    ("endpoint", "explains"),
    [
        (Endpoint(), True),
        (Endpoint("https://API.openai.com/v1"), True),
        (Endpoint("https://x.openai.azure.com", azure=True), True),
        (Endpoint("http://localhost:11434/v1"), False),
        (Endpoint("https://api.openai.com.evil.example/v1"), False),
    ],
)
def test_who_says_what_it_rejects(endpoint: Endpoint, explains: bool) -> None:
    assert endpoint.explains is explains
