"""The connection test against the loopback servers: what is well, and each way of being wrong."""

import asyncio
import shutil
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from soc_tui.config.secret import Secret
from soc_tui.config.settings import Settings
from soc_tui.model.errors import AnalystError, ConfigError, CredentialError, WorkspaceError
from soc_tui.opening.connection_test import Connection
from soc_tui.opening.workspace_kinds import load_settings
from tests.wire.log_analytics_server import LogAnalyticsServer
from tests.wire.openai_faults import Failure, rate_limited
from tests.wire.openai_server import OpenAIServer


def of(environ: dict[str, str]) -> Settings:
    return load_settings(environ=environ)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SOC_TUI_HOME", str(tmp_path))
    return tmp_path


def closed_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


async def ask_model(settings: Settings) -> str:
    async with Connection(settings) as connection:
        return await connection.ask_model()


async def ask_workspace(settings: Settings) -> str:
    async with Connection(settings) as connection:
        return await connection.ask_workspace()


# -- the model -------------------------------------------------------------------------------------


def model_at(server: OpenAIServer, **environ: str) -> Settings:
    return of({"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": server.api_key} | environ)


async def test_a_key_that_is_taken_lists_models_and_generates_nothing() -> None:
    with OpenAIServer() as server:
        said = await ask_model(model_at(server))
        assert [request.path for request in server.requests] == ["/v1/models"]
    assert "2 models" in said
    assert "nothing was generated or billed" in said
    assert server.api_key not in said


async def test_a_key_that_is_not_taken() -> None:
    with (
        OpenAIServer() as server,
        pytest.raises(AnalystError, match="did not accept the API key") as caught,
    ):
        await ask_model(model_at(server, OPENAI_API_KEY="sk-wrong-0123456789"))
    assert "sk-wrong" not in str(caught.value)
    assert caught.value.next_step


async def test_nobody_at_the_port() -> None:
    settings = of({"OPENAI_BASE_URL": f"http://127.0.0.1:{closed_port()}/v1"})
    with pytest.raises(AnalystError, match="could not be reached"):
        await ask_model(settings)


async def test_a_server_without_a_list_of_models() -> None:
    with OpenAIServer() as server:
        server.next(Failure(404, "Not Found"))
        with pytest.raises(AnalystError, match="No list of models") as caught:
            await ask_model(model_at(server))
    assert "/v1" in caught.value.next_step


async def test_a_page_that_is_no_list() -> None:
    with OpenAIServer() as server:
        server.next(Failure(200, "", body=b"<html>hello</html>", content_type="text/html"))
        with pytest.raises(AnalystError, match="does not speak OpenAI's protocol"):
            await ask_model(model_at(server))


async def test_a_model_that_is_not_in_the_list_of_a_server_of_ones_own_is_only_told() -> None:
    with OpenAIServer(models=frozenset({"llama3"})) as server:
        assert "(llama3), but not gpt-5" in await ask_model(model_at(server, SOC_TUI_MODEL="gpt-5"))
        assert "llama3 of them" in await ask_model(model_at(server, SOC_TUI_MODEL="llama3"))


async def test_a_rate_limit_is_told_and_not_waited_for() -> None:
    with OpenAIServer() as server:
        server.next(rate_limited("60"))
        with pytest.raises(AnalystError, match="rate limit"):
            await ask_model(model_at(server))
        assert len(server.requests) == 1


@pytest.mark.parametrize("version", ["", "2024-10-21"])
async def test_an_azure_deployment_is_found_without_a_call_that_generates(version: str) -> None:
    with OpenAIServer(azure_tokens=(), models=frozenset({"ours"})) as server:
        environ = {
            "AZURE_OPENAI_ENDPOINT": server.address,
            "AZURE_OPENAI_API_KEY": server.api_key,
            "AZURE_OPENAI_DEPLOYMENT": "ours",
            "AZURE_OPENAI_API_VERSION": version,
        }
        assert "the deployment ours exists" in await ask_model(of(environ))
        assert [request.body["messages"] for request in server.requests] == [[]]
        with pytest.raises(AnalystError, match="no deployment theirs"):
            await ask_model(of(environ | {"AZURE_OPENAI_DEPLOYMENT": "theirs"}))
        with pytest.raises(AnalystError, match="did not accept the API key"):
            await ask_model(of(environ | {"AZURE_OPENAI_API_KEY": "wrong-key"}))
        server.next(Failure(400, "API version not supported"))
        with pytest.raises(AnalystError, match="API version not supported"):
            await ask_model(of(environ))


async def test_the_offline_analyst_is_named() -> None:
    assert "OPENAI_API_KEY is not set" in await ask_model(of({}))
    assert "as chosen" in await ask_model(of({"SOC_TUI_ANALYST": "offline"}))
    with pytest.raises(ConfigError, match="no API key"):
        await ask_model(of({"SOC_TUI_ANALYST": "openai"}))


# -- the workspace ---------------------------------------------------------------------------------


async def test_a_workspace_that_answers(demo_database: Path) -> None:
    with LogAnalyticsServer(demo_database) as server:
        said = await ask_workspace(of(server.environment))
        assert [request.document["query"] for request in server.requests] == ["print answer = 1"]
    assert server.workspace_id in said
    assert "answered a query" in said
    assert "signed in" in said
    assert server.entra.client_secret not in said


async def test_entra_refuses_the_secret(demo_database: Path) -> None:
    with LogAnalyticsServer(demo_database) as server:
        settings = of(server.environment)
        wrong = replace(settings.workspace, client_secret=Secret("a-wrong-secret"))
        with pytest.raises(CredentialError) as caught:
            await ask_workspace(replace(settings, workspace=wrong))
    assert "a-wrong-secret" not in str(caught.value)
    assert caught.value.next_step


async def test_a_workspace_that_is_not_there_or_not_reached(demo_database: Path) -> None:
    with LogAnalyticsServer(demo_database) as server:
        with pytest.raises(WorkspaceError):
            await ask_workspace(of(server.environment | {"SOC_TUI_WORKSPACE_ID": "other"}))
        environ = server.environment | {"SOC_TUI_ENDPOINT": f"https://127.0.0.1:{closed_port()}"}
        with pytest.raises(WorkspaceError) as caught:
            await ask_workspace(of(environ))
    assert caught.value.next_step


async def test_a_hanging_workspace_is_let_go_when_cancelled(demo_database: Path) -> None:
    with LogAnalyticsServer(demo_database) as server:
        server.next("hang")
        asking = asyncio.create_task(ask_workspace(of(server.environment)))
        await asyncio.to_thread(server.hanging.wait, 10)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        assert await asyncio.to_thread(server.aborted.wait, 10)


async def test_the_logs_and_the_model_take_one_device_code(demo_database: Path) -> None:
    codes: list[str] = []
    with LogAnalyticsServer(demo_database) as logs, OpenAIServer(azure_tokens=()) as model:
        logs.entra.signed_in.set()
        environ = logs.environment | {
            "SOC_TUI_CREDENTIAL": "device_code",
            "AZURE_OPENAI_ENDPOINT": model.address,
            "AZURE_OPENAI_DEPLOYMENT": "ours",
        }
        model.azure_tokens = logs.entra.tokens
        async with Connection(
            of(environ), on_device_code=lambda code, _: codes.append(code)
        ) as connection:
            assert "answered" in await connection.ask_workspace()
            assert "the deployment ours exists" in await connection.ask_model()
    assert codes == [logs.entra.user_code]


async def test_the_demo_is_asked_too(demo_database: Path, home: Path) -> None:
    (home / "data").mkdir()
    shutil.copy(demo_database, home / "data" / "demo.duckdb")
    assert "demo answered a query" in await ask_workspace(of({}))
    local = of({"SOC_TUI_WORKSPACE": str(home / "nothing.duckdb")})
    with pytest.raises(WorkspaceError, match="does not exist"):
        await ask_workspace(local)
