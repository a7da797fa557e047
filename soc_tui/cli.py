"""The command line: what may be typed, and what every way out looks like.

Only argparse and the settings are imported here: the first paint of the app waits for this module.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import logging
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

from soc_tui import __version__
from soc_tui.config.endpoint import is_azure
from soc_tui.config.settings import Settings, load_settings, with_workspace
from soc_tui.model.errors import RefusedError, SocError
from soc_tui.model.inert import inert

DONE, FAILED, REFUSED, CANCELLED = 0, 1, 2, 130
"""Exit codes: done (also with nothing found), failed, refused by a guardrail or limit, Ctrl+C."""

_QUIET = logging.NullHandler()


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code. Never raises an ordinary exception."""
    _prepare_streams()
    try:
        arguments = _parser().parse_args(argv)
        return int(arguments.run(arguments))
    except SystemExit as leaving:  # argparse: --help, --version, or words it does not know
        return leaving.code if isinstance(leaving.code, int) else FAILED
    except KeyboardInterrupt:
        _say(["Cancelled."])
        return CANCELLED
    except BrokenPipeError:
        # The reader went away (`| head`); nothing can be printed, also not by Python's own exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return FAILED
    except SocError as error:
        from soc_tui.commands.terminal import error_lines

        _say(list(error_lines(error)))
        return REFUSED if isinstance(error, RefusedError) else FAILED
    except Exception as error:  # noqa: BLE001 - the last boundary: recorded and shown
        from soc_tui.config.crash import crash_text

        _say([crash_text(error)])
        return FAILED


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
    settings = _settings(arguments)
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise SocError(
            "The app needs a terminal.",
            "Input or output is redirected.",
            'Without a terminal: soc-tui hunt "REQUEST"',
        )
    from soc_tui.tui.app import SocTui

    app = SocTui(settings)
    app.run()
    return app.return_code or DONE


def _hunt(arguments: argparse.Namespace) -> int:
    from soc_tui.commands.hunt import Order, hunt

    order = Order(arguments.request, arguments.kql, arguments.json, arguments.yes)
    return hunt(_settings(arguments), order)


def _import(arguments: argparse.Namespace) -> int:
    from soc_tui.commands.importing import import_logs

    import_logs(
        arguments.files, arguments.table, database=arguments.workspace, replace=arguments.replace
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
            history.report_hunt(arguments.id, arguments.file, tuple(arguments.finding))
        case "bundle":
            history.bundle_hunt(arguments.id, arguments.file)
        case _:
            history.export_hunt(arguments.id, arguments.format, arguments.output)
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
        case "models":
            config.show_models()
        case "budget":
            from soc_tui.commands.budget import show_budget

            show_budget(_settings(arguments))
        case _ if arguments.list:
            config.list_tables()
        case _:
            config.show_catalog(arguments.table)
    return DONE


def _rules(arguments: argparse.Namespace) -> int:
    from soc_tui.commands import rules

    if arguments.action == "list":
        return DONE if rules.list_rules(arguments.table) else FAILED
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
        analyst = settings.analyst if model == "auto" else "openai"
        named = "deployment" if is_azure(settings.openai) and model != "auto" else "model"
        openai = replace(settings.openai, **{named: model})
        return replace(settings, openai=openai, analyst=analyst)
    return settings


# -- words -----------------------------------------------------------------------------------------


class _Parser(argparse.ArgumentParser):
    """Words it does not know are a failure (1): 2 says that a guardrail refused."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(FAILED, f"error: {inert(message)}\n")


def _parser() -> argparse.ArgumentParser:
    common = _common_options()
    parser = _Parser(
        prog="soc-tui",
        description="Threat hunting in the terminal. Without a sub-command it opens the app.",
        parents=[common],
    )
    parser.add_argument("--version", action="version", version=f"soc-tui {__version__}")
    parser.set_defaults(run=_app)
    commands = parser.add_subparsers(title="sub-commands", metavar="COMMAND", parser_class=_Parser)
    _add_hunt(commands.add_parser("hunt", help="hunt without a screen", parents=[common]))
    _add_import(commands.add_parser("import", help="load exported logs to hunt in"))
    _add_history(commands.add_parser("history", help="hunts of before: list, show, export …"))
    _add_playbook(commands.add_parser("playbook", help="hunts under a name: list, save, run …"))
    _add_replay(
        commands.add_parser("replay", help="show or redo a hunt from its bundle", parents=[common])
    )
    _add_config(commands.add_parser("config", help="where settings are, and what they are"))
    _add_rules(commands.add_parser("rules", help="the offline analyst's rules: list, test"), common)
    doctor = commands.add_parser(
        "doctor", help="try everything a hunt needs, and say what is wrong", parents=[common]
    )
    doctor.add_argument(
        "--schema",
        action="store_true",
        help="also compare the workspace's columns with the catalog",
    )
    doctor.set_defaults(run=_doctor)
    return parser


def _common_options() -> _Parser:
    """For the app and sub-commands alike; suppressed defaults keep what stood before the latter."""
    common = _Parser(add_help=False, argument_default=argparse.SUPPRESS)
    common.add_argument(
        "--workspace", metavar="W", help="demo, log_analytics, or a DuckDB file of imported logs"
    )
    analyst = common.add_mutually_exclusive_group()
    analyst.add_argument(
        "--offline", action="store_true", help="use the offline analyst: free, nothing is sent"
    )
    analyst.add_argument("--model", metavar="M", help="model name, or auto for the cheapest fit")
    return common


def _add_hunt(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Plan, query and hunt. Results go to standard output, progress to standard error. "
        "Exit code 0: done, 1: failed, 2: refused by a guardrail or a limit, 130: cancelled."
    )
    parser.add_argument("request", nargs="?", default="", help="what to look for, in plain words")
    parser.add_argument(
        "--kql", metavar="FILE", help="run the KQL in this file (- for standard input)"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document at the end")
    parser.add_argument(
        "--yes",
        action="store_true",
        help="accept the price, and run a repaired query, without being asked",
    )
    parser.set_defaults(run=_hunt)


def _add_import(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Load CSV, TSV, JSON, JSONL (each also .gz) or Parquet exports into DuckDB."
    )
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--table", required=True, metavar="NAME", help="for instance SigninLogs")
    parser.add_argument(
        "--workspace", type=Path, metavar="FILE.duckdb", help="default: local.duckdb, see config"
    )
    parser.add_argument(
        "--replace", action="store_true", help="drop the table's present rows and columns first"
    )
    parser.set_defaults(run=_import)


def _add_history(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(run=_history)
    actions = parser.add_subparsers(dest="action", required=True, parser_class=_Parser)
    listing = actions.add_parser("list", help="the newest hunts")
    show = actions.add_parser("show", help="one hunt and its findings")
    search = actions.add_parser("search", help="hunts that hold words, state:new, after:7d …")
    export = actions.add_parser("export", help="one hunt as JSON or Markdown")
    report = actions.add_parser("report", help="a hunt as FILE.md, .html, .json or .stix.json")
    bundle = actions.add_parser("bundle", help="all of one hunt as a file, for replay")
    ask = actions.add_parser("ask", help="a question on a finding", parents=[_common_options()])
    for one in (show, export, report, bundle, ask):
        one.add_argument("id", help="id, the beginning of one, or last")
    search.add_argument(
        "text",
        nargs="+",
        help="words, and state: severity: technique: host: workspace: playbook: status: on: after: "
        "before:",
    )
    for several in (listing, search):
        several.add_argument("--limit", type=int, default=20, metavar="N", help="most hunts shown")
    ask.add_argument("finding", help="its number in the hunt")
    ask.add_argument("question", help="in words, or one of: why, next, confirm")
    for written in (report, bundle):
        written.add_argument("file", type=Path, metavar="FILE", help="written 0600, whole")
    report.add_argument(
        "--finding", type=int, action="append", default=[], metavar="N", help="only this; repeat it"
    )
    export.add_argument("--format", choices=("json", "markdown"), default="json")
    export.add_argument("-o", "--output", type=Path, metavar="FILE", help="written 0600, whole")


def _add_playbook(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(run=_playbook)
    actions = parser.add_subparsers(dest="action", required=True, parser_class=_Parser)
    actions.add_parser("list", help="all playbooks, ours and yours, with their parameters")
    show = actions.add_parser("show", help="one playbook: parameters and query")
    save = actions.add_parser("save", help="the query of a hunt, under a name")
    run = actions.add_parser("run", help="hunt with a playbook", parents=[_common_options()])
    delete = actions.add_parser("delete", help="one of your own")
    run.description = (
        "Run a playbook as hunt --kql runs a query. Exit code 0: done, 1: failed, 2: refused by a "
        "guardrail or a limit, 130: cancelled."
    )
    for one in (show, save, run, delete):
        one.add_argument("name", metavar="NAME", help="small letters, digits and -")
    save.add_argument("id", nargs="?", default="last", help="a hunt's id, or last")
    save.add_argument(
        "--param",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="what may change: a value that the query filters by; default: the likely ones",
    )
    save.add_argument("--title", default="", help="default: the request of the hunt")
    save.add_argument("--replace", action="store_true", help="put it over one of that name")
    run.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="a parameter; repeat it"
    )
    run.add_argument("--json", action="store_true", help="print one JSON document at the end")
    run.add_argument("--yes", action="store_true", help="accept the price without being asked")


def _add_replay(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Show a hunt from its bundle: request, query, findings and every message, with no network. "
        "With --again its rows are hunted through anew and the findings compared."
    )
    parser.add_argument("bundle", type=Path, metavar="BUNDLE", help="see: soc-tui history bundle")
    parser.add_argument(
        "--again", action="store_true", help="hunt through the same rows with the present analyst"
    )
    parser.add_argument("--messages", action="store_true", help="print every message too")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--yes", action="store_true", help="accept the price without being asked")
    parser.set_defaults(run=_replay)


def _add_config(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(run=_config)
    actions = parser.add_subparsers(dest="action", required=True, parser_class=_Parser)
    actions.add_parser("path", help="files and folders")
    actions.add_parser("show", help="settings as they hold now; secrets are not shown")
    actions.add_parser("models", help="models that may be asked, as a models.toml")
    actions.add_parser("budget", help="what was spent, and the limits on it")
    catalog = actions.add_parser("catalog", help="what may be asked for, as a catalog.toml")
    catalog.add_argument("table", nargs="?", default="", help="this table only")
    catalog.add_argument(
        "--list", action="store_true", help="names of the tables and what they hold"
    )


def _add_rules(parser: argparse.ArgumentParser, common: _Parser) -> None:
    parser.set_defaults(run=_rules)
    actions = parser.add_subparsers(dest="action", required=True, parser_class=_Parser)
    listing = actions.add_parser("list", help="all rules, ours and those in your rules folder")
    trial = actions.add_parser(
        "test", help="run the rules on a workspace: hits and time of each", parents=[common]
    )
    trial.description = (
        "Run every rule on the tables of a workspace. On labelled logs (the demo is) it prints "
        "recall and false findings per 10,000 ordinary rows. Exit code 1: a rule could not be "
        "read or run."
    )
    for one in (listing, trial):
        one.add_argument("--table", action="append", default=[], metavar="NAME", help="only this")
    trial.add_argument(
        "--labels",
        action="append",
        default=[],
        metavar="COLUMN=VALUE",
        help="rows of the intruder; COLUMN alone for any value but no; may be repeated",
    )
    trial.add_argument("--hours", type=float, metavar="N", help="only the last N hours")
    trial.add_argument("--all", action="store_true", help="list rules that hit nothing as well")
    trial.add_argument("--json", action="store_true", help="print one JSON document at the end")
