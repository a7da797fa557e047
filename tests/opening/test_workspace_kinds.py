"""Kinds of workspace: those that there are, and a fourth that is only declared."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import duckdb
import pytest

from soc_tui.config.changing import choices, from_environment, save_changes, text_of, with_text
from soc_tui.config.items import place_named, sections
from soc_tui.config.settings import Settings, to_toml, with_workspace
from soc_tui.config.workspace_section import Declared, WorkspaceSettings
from soc_tui.model.errors import ConfigError
from soc_tui.opening.open_hunter import open_hunter
from soc_tui.opening.workspace_kinds import (
    KINDS,
    default_settings,
    kind_of,
    load_settings,
    starts,
    workspaces_in_words,
)
from soc_tui.workspaces.kinds import section_of
from soc_tui.workspaces.local.kind import LOCAL, LocalSettings
from soc_tui.workspaces.log_analytics.kind import LogAnalyticsSettings
from tests.opening.fourth_kind import ARCHIVE, ArchiveSettings, add_archive

pytestmark = pytest.mark.usefixtures("home")  # what is written is logged


def offered(settings: Settings) -> list[str]:
    """Places on the settings screen."""
    items = (item for section in sections(settings).values() for item in section)
    return [item.place for item in items if item.shown(settings)]


# -- those that there are --------------------------------------------------------------------------


def test_no_two_share_a_name_or_a_letter() -> None:
    names = [kind.name for kind in KINDS]
    letters = ["s", *(start.key for _, start in starts())]
    assert len(set(names)) == len(names)
    assert len(set(letters)) == len(letters)
    assert all(kind.time_columns and kind.starts for kind in KINDS)


def test_the_first_is_what_holds_where_nothing_is_set() -> None:
    assert default_settings().workspace.kind == KINDS[0].name == WorkspaceSettings().kind


def test_each_offers_its_own_settings() -> None:
    own = {
        "demo": [],
        "local": ["workspace.path", "workspace.geoip", "workspace.clock"],
        "log_analytics": [
            "workspace.workspace_id", "workspace.endpoint", "workspace.timeout_seconds",
            "workspace.credential", "workspace.tenant_id", "workspace.client_id",
            "workspace.client_secret", "workspace.certificate_path", "workspace.authority",
            "workspace.ca_bundle",
        ],
    }  # fmt: skip
    for kind, places in own.items():
        settings = with_text(default_settings(), "workspace.kind", kind)
        shown = [place for place in offered(settings) if place.startswith("workspace.")]
        assert shown == ["workspace.kind", *places]


def test_settings_of_one_kind_are_there_with_their_types() -> None:
    workspace = load_settings(environ={"SOC_TUI_WORKSPACE_ID": "a-guid"}).workspace
    assert workspace.own(LogAnalyticsSettings).workspace_id == "a-guid"
    assert workspace.own(LocalSettings).path is None
    with pytest.raises(TypeError, match="ArchiveSettings"):
        workspace.own(ArchiveSettings)


@dataclass(frozen=True)
class OtherPath(WorkspaceSettings):
    """The name of the local workspace's setting, for something else."""

    path: Annotated[str, Declared("Path", "of an object")] = ""


def test_one_name_for_two_settings_is_refused() -> None:
    with pytest.raises(ValueError, match="path"):
        section_of((LOCAL, replace(LOCAL, name="other", settings=OtherPath)))


def test_two_kinds_may_share_a_setting() -> None:
    section = section_of((LOCAL, replace(LOCAL, name="other")))
    assert choices(Settings(workspace=section()), "workspace.kind") == ("local", "other")


# -- a fourth --------------------------------------------------------------------------------------


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that the fourth kind opens."""
    monkeypatch.setenv("SOC_TUI_HOME", str(tmp_path / "home"))
    add_archive(monkeypatch)
    path = tmp_path / "2025.duckdb"
    with duckdb.connect(str(path)) as con:
        con.execute("CREATE TABLE SigninLogs (Timestamp TIMESTAMP, UserPrincipalName VARCHAR)")
        con.execute("INSERT INTO SigninLogs VALUES ('2025-05-01 10:00:00', 'anna@contoso.com')")
    return path


def test_it_is_set_by_word_variable_and_file(archive: Path, tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(f'[workspace]\nkind = "archive"\narchive = "{archive.as_posix()}"\nshelf = 3\n')
    settings = load_settings(file, {})
    own = settings.workspace.own(ArchiveSettings)
    assert (own.kind, own.archive, own.shelf) == ("archive", archive, 3)
    environ = {"SOC_TUI_WORKSPACE": "archive", "SOC_TUI_ARCHIVE": str(archive)}
    set_by_variable = load_settings(environ=environ)
    assert set_by_variable.workspace.own(ArchiveSettings).archive == archive
    assert from_environment(set_by_variable, environ) == {
        "workspace.kind": "SOC_TUI_WORKSPACE",
        "workspace.archive": "SOC_TUI_ARCHIVE",
    }
    assert with_workspace(default_settings(), "archive").workspace.kind == "archive"
    assert workspaces_in_words().startswith("demo, log_analytics, archive, or a DuckDB file")


def test_it_is_checked_saved_and_shown_as_the_others(archive: Path, tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    settings = with_text(default_settings(), "workspace.shelf", "7")
    save_changes(settings, ("workspace.shelf",), file)
    assert text_of(load_settings(file, {}), "workspace.shelf") == "7"
    assert "shelf = 7" in to_toml(settings)
    with pytest.raises(ConfigError, match=r"workspace\.shelf.*\n?.*a whole number"):
        with_text(settings, "workspace.shelf", "top")
    with pytest.raises(ConfigError, match="demo, local, log_analytics, archive"):
        with_text(settings, "workspace.kind", "splunk")
    assert "workspace.shelf" not in offered(settings)
    assert "workspace.shelf" in offered(with_workspace(settings, "archive"))


async def test_it_is_opened_with_its_own_time_column(archive: Path) -> None:
    settings = load_settings(environ={"SOC_TUI_WORKSPACE": "archive"})
    assert kind_of(settings.workspace) is ARCHIVE
    with pytest.raises(ConfigError) as caught:
        await open_hunter(settings)
    assert place_named(settings, str(caught.value)) == "workspace.archive"
    hunter = await open_hunter(with_text(settings, "workspace.archive", str(archive)))
    try:
        assert hunter.workspace.name == "archive, shelf 1"
        assert list(hunter.catalog.tables) == ["SigninLogs"]
        assert hunter.catalog.tables["SigninLogs"].time_column == "Timestamp"
    finally:
        await hunter.aclose()
