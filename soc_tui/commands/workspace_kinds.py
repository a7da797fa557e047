"""`soc-tui config workspaces`: the kinds of workspace in Markdown, as the README shows them."""

from __future__ import annotations

from collections.abc import Iterator

from soc_tui.commands.terminal import Terminal
from soc_tui.config.changing import choices
from soc_tui.config.settings import Settings
from soc_tui.config.workspace_section import SIGN_IN, Declared, declared_settings
from soc_tui.opening.workspace_kinds import cannot, default_settings, workspaces_in_words


def show_workspaces() -> None:
    """Print what can be set for each kind of workspace, and what it cannot do."""
    Terminal().write(workspace_lines())


def workspace_lines() -> Iterator[str]:
    """A table of the settings under [workspace], and a list of limits."""
    settings = default_settings()
    yield "| setting | what it is | for | environment |"
    yield "| --- | --- | --- | --- |"
    all_declared = declared_settings(type(settings.workspace))
    for name, declared in sorted(all_declared.items(), key=lambda one: one[0] in SIGN_IN):
        yield _row(settings, name, declared)
    yield ""
    for limit, kinds in cannot().items():
        yield f"- {_names(kinds)} cannot {limit.what}: {limit.why}."


def _row(settings: Settings, name: str, declared: Declared) -> str:
    place = f"workspace.{name}"
    words = choices(settings, place)
    what = f"{declared.label}: {declared.meaning}" + (f" ({_names(words)})" if words else "")
    kinds = "all" if name == "kind" else _names(declared.kinds)
    if name in SIGN_IN:
        kinds += ", Azure OpenAI without a key"
    variable = f"`{declared.variable}`" if declared.variable else ""
    if name == "kind":
        variable = f"`SOC_TUI_WORKSPACE` ({workspaces_in_words()})"
    elif declared.names_file:
        variable = "`SOC_TUI_WORKSPACE`"
    return f"| `{place}` | {what} | {kinds} | {variable} |"


def _names(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)
