"""The command line: runs the commands, reports errors, sets exit codes.

Only the settings are imported here: the first paint of the app waits for this module.
"""

from __future__ import annotations

import contextlib
import errno
import gc
import io
import logging
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

from soc_tui.config.settings import Settings, with_workspace
from soc_tui.model.errors import ConfigError, RefusedError, SocError
from soc_tui.model.inert import inert
from soc_tui.opening.workspace_kinds import default_settings, load_settings, workspaces_in_words

if TYPE_CHECKING:
    import argparse

    from soc_tui.commands.investigate import Order

DONE, FAILED, REFUSED, CANCELLED = 0, 1, 2, 130
"""Exit codes: done, failed, refused by a guardrail or limit, Ctrl+C.

To have found nothing is done only where all was seen; else it is `commands.hunt.UNPROVEN`.
"""

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EIO)
_QUIET = logging.NullHandler()


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code. Never raises an ordinary exception."""
    _prepare_streams()
    os.umask(0o077)  # also for files that libraries create: DuckDB's -wal contains rows
    try:
        arguments = _parsed(sys.argv[1:] if argv is None else argv)
        return _COMMANDS[arguments.command](arguments)
    except SystemExit as leaving:  # argparse: --help, --version, or words it does not know
        return leaving.code if isinstance(leaving.code, int) else FAILED
    except KeyboardInterrupt:
        _say(["Cancelled."])
        return CANCELLED
    except BrokenPipeError:
        # The reader went away (`| head`).
        _write_nowhere()
        return FAILED
    except SocError as error:
        from soc_tui.commands.terminal import error_lines

        _say(list(error_lines(error)))
        return REFUSED if isinstance(error, RefusedError) else FAILED
    except Exception as error:  # noqa: BLE001 - the last boundary: recorded and shown
        _tell_unexpected(error)
        return FAILED


def _parsed(words: Sequence[str]) -> argparse.Namespace:
    if not words:  # the app, which does not wait for argparse
        return cast("argparse.Namespace", SimpleNamespace(command="app"))
    from soc_tui.options import parser

    return parser(workspaces_in_words()).parse_args(words)


def _tell_unexpected(error: Exception) -> None:
    if isinstance(error, OSError) and error.errno in _NO_ROOM:
        _write_nowhere()
        _say([f"error: The output cannot be written: {error.strerror}.", "  Free some space."])
        return
    from soc_tui.config.crash import crash_text

    _say([crash_text(error)])


def _write_nowhere() -> None:
    """What is still to be printed goes nowhere: Python's own exit would fail on it once more."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _prepare_streams() -> None:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    # Libraries log what services answer; our own errors say it, made inert.
    logging.getLogger().addHandler(_QUIET)


def _say(lines: Sequence[str]) -> None:
    with contextlib.suppress(BrokenPipeError):
        for line in lines:
            print(inert(line), file=sys.stderr)


# -- commands --------------------------------------------------------------------------------------


def _app(arguments: argparse.Namespace) -> int:
    has_terminal = sys.stdin.isatty() and sys.stderr.isatty()
    problem: ConfigError | None = None
    try:
        settings = _settings(arguments)
    except ConfigError as error:
        if not has_terminal:
            raise
        # Nothing of the files holds then, so nothing may be opened or sent by what they leave out.
        settings, problem = default_settings(), error
    if not has_terminal:
        raise SocError(
            "The app needs a terminal.",
            "Input or output is redirected.",
            'Without a terminal: soc-tui hunt "REQUEST"',
        )
    gc.disable()  # the app enables it behind its first frame, before which nothing is garbage
    from soc_tui.config.changing import is_first_run
    from soc_tui.tui.app import SocTui
    from soc_tui.tui.terminal.terminals import takes_mouse

    chosen = getattr(arguments, "workspace", None)
    first_run = not chosen and is_first_run()
    try:
        app = SocTui(settings, first_run=first_run, problem=problem)
    except ConfigError as error:  # keys that cannot be
        app = SocTui(default_settings(), problem=error)
    app.run(mouse=takes_mouse(os.environ))
    return app.return_code or DONE


def _hunt(arguments: argparse.Namespace) -> int:
    from soc_tui.commands.hunt import Order, hunt

    order = Order(
        arguments.request,
        arguments.kql,
        arguments.json,
        arguments.yes,
        dialect=arguments.dialect,
        show_prompt=arguments.show_prompt,
        resume=arguments.resume,
    )
    return hunt(_settings(arguments), order)


def _investigate(arguments: argparse.Namespace) -> int:
    from soc_tui.commands.investigate import investigate

    return investigate(_settings(arguments), _case_order(arguments))


def _case(arguments: argparse.Namespace) -> int:
    from soc_tui.commands import investigate

    match arguments.action:
        case "list":
            investigate.list_cases()
        case "show":
            investigate.show_case(arguments.id, as_json=arguments.json)
        case _:
            return investigate.resume(_settings(arguments), arguments.id, _case_order(arguments))
    return DONE


def _case_order(arguments: argparse.Namespace) -> Order:
    from decimal import Decimal, InvalidOperation

    from soc_tui.commands.investigate import Order

    try:
        usd = None if arguments.budget is None else Decimal(arguments.budget)
    except InvalidOperation as error:
        raise SocError("The budget is not a number of USD.", inert(arguments.budget)) from error
    return Order(
        getattr(arguments, "request", ""),
        getattr(arguments, "finding", ""),
        getattr(arguments, "entity", ""),
        usd,
        arguments.steps,
        arguments.minutes,
        arguments.json,
        arguments.events,
        arguments.yes,
    )


def _import(arguments: argparse.Namespace) -> int:
    from soc_tui.commands.importing import import_into_workspace

    import_into_workspace(
        arguments.files,
        arguments.table,
        database=arguments.workspace,
        replace=arguments.replace,
        dates=arguments.dates,
        time_column=arguments.time_column,
        again=arguments.again,
    )
    return DONE


def _history(arguments: argparse.Namespace) -> int:
    from soc_tui.commands import history

    match arguments.action:
        case "list":
            history.list_hunts(arguments.limit)
        case "search":
            history.search_hunts(" ".join(arguments.text), arguments.limit)
        case "show":
            history.show_hunt(arguments.id)
        case "ask":
            from soc_tui.commands.ask import ask

            hunt_id = history.whole_id(arguments.id)
            return ask(_settings(arguments), hunt_id, arguments.finding, arguments.question)
        case "report":
            numbers = tuple(arguments.finding)
            history.report_hunt(arguments.id, arguments.file, numbers, arguments.format)
        case "rows":
            history.write_rows(arguments.id, arguments.file)
        case _:
            history.bundle_hunt(arguments.id, arguments.file, arguments.pseudonyms)
    return DONE


def _playbook(arguments: argparse.Namespace) -> int:
    from soc_tui.commands import playbook

    match arguments.action:
        case "list":
            return DONE if playbook.list_playbooks() else FAILED
        case "show":
            playbook.show_playbook(arguments.name)
        case "save":
            playbook.save_hunt(
                arguments.name,
                arguments.id,
                given=arguments.param,
                title=arguments.title,
                over=arguments.replace,
            )
        case "rename":
            playbook.rename(arguments.name, arguments.to)
        case "delete":
            playbook.delete(arguments.name)
        case _:
            return playbook.run_playbook(
                _settings(arguments),
                arguments.name,
                given=arguments.set,
                as_json=arguments.json,
                yes=arguments.yes,
            )
    return DONE


def _replay(arguments: argparse.Namespace) -> int:
    from soc_tui.commands.replay import Replay, replay

    wanted = Replay(
        arguments.bundle, arguments.again, arguments.messages, arguments.json, arguments.yes
    )
    return replay(_settings(arguments), wanted)


def _config(arguments: argparse.Namespace) -> int:
    from soc_tui.commands import config

    match arguments.action:
        case "path":
            config.show_paths()
        case "show":
            config.show_settings(_settings(arguments))
        case "workspaces":
            from soc_tui.commands.workspace_kinds import show_workspaces

            show_workspaces()
        case "models":
            config.show_models()
        case "keys":
            from soc_tui.commands.terminal import Terminal
            from soc_tui.tui.keys.keymap import key_map

            Terminal().write(key_map(_settings(arguments).keys).toml().splitlines())
        case "budget":
            from soc_tui.commands.budget import show_budget

            show_budget(_settings(arguments))
        case _ if arguments.list:
            config.list_tables()
        case _:
            config.show_catalog(arguments.table)
    return DONE


def _audit(arguments: argparse.Namespace) -> int:
    from soc_tui.commands import audit

    match arguments.action:
        case "show":
            audit.show(max(1, arguments.most))
        case "verify":
            return DONE if audit.verify() else FAILED
        case _:
            audit.export(arguments.file)
    return DONE


def _licences(arguments: argparse.Namespace) -> int:
    from soc_tui.commands.licences import show_licences

    show_licences(as_json=arguments.json)
    return DONE


def _rules(arguments: argparse.Namespace) -> int:
    from soc_tui.commands import rules

    if arguments.action == "list":
        return DONE if rules.list_rules(arguments.table) else FAILED
    if arguments.action == "draft":
        from soc_tui.commands import history
        from soc_tui.commands.rule_draft import Wish, draft_rule

        hunt_id = history.whole_id(arguments.id)
        wish = Wish(hunt_id, arguments.finding, arguments.folder, arguments.hours)
        return draft_rule(_settings(arguments), wish)
    trial = rules.Trial(
        labels=tuple(arguments.labels),
        tables=tuple(arguments.table),
        hours=arguments.hours,
        everything=arguments.all,
        as_json=arguments.json,
    )
    return DONE if rules.test_rules(_settings(arguments), trial) else FAILED


def _doctor(arguments: argparse.Namespace) -> int:
    from soc_tui.commands.doctor import examine

    well = examine(lambda: _settings(arguments), schema=arguments.schema)
    return DONE if well else FAILED


def _settings(arguments: argparse.Namespace) -> Settings:
    settings = load_settings()
    if choice := getattr(arguments, "workspace", None):
        settings = with_workspace(settings, choice)
    if getattr(arguments, "offline", False):
        return replace(settings, analyst="offline")
    if model := getattr(arguments, "model", None):
        # A model asked for by name must not silently become the offline analyst.
        from soc_tui.config.endpoint import is_azure

        analyst = settings.analyst if model == "auto" else "openai"
        named = "deployment" if is_azure(settings.openai) and model != "auto" else "model"
        openai = replace(settings.openai, **{named: model})
        return replace(settings, openai=openai, analyst=analyst)
    return settings


_COMMANDS: Mapping[str, Callable[[argparse.Namespace], int]] = {
    "app": _app,
    "hunt": _hunt,
    "investigate": _investigate,
    "case": _case,
    "import": _import,
    "history": _history,
    "playbook": _playbook,
    "replay": _replay,
    "config": _config,
    "audit": _audit,
    "licences": _licences,
    "rules": _rules,
    "doctor": _doctor,
}
