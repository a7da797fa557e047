"""What may be typed on the command line. Imports argparse only: the first paint waits for it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import NoReturn

from soc_tui.model.inert import inert
from soc_tui.version import __version__

FAILED = 1


class _Parser(argparse.ArgumentParser):
    """Words it does not know are a failure (1): 2 says that a guardrail refused."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(FAILED, f"error: {inert(message)}\n")


def parser(workspaces: str) -> argparse.ArgumentParser:
    """All sub-commands; what is parsed has the name of its own as `command`.

    Args:
        workspaces: What `--workspace` takes, in words.
    """
    common = _common_options(workspaces)
    whole = _Parser(
        prog="soc-tui",
        description="Threat hunting in the terminal. Without a sub-command it opens the app.",
        parents=[common],
    )
    whole.add_argument("--version", action="version", version=f"soc-tui {__version__}")
    whole.set_defaults(command="app")
    commands = whole.add_subparsers(title="sub-commands", metavar="COMMAND", parser_class=_Parser)
    _add_hunt(commands.add_parser("hunt", help="hunt without a screen", parents=[common]))
    _add_import(commands.add_parser("import", help="load exported logs to hunt in"))
    _add_history(
        commands.add_parser("history", help="hunts of before: list, show, report …"), common
    )
    _add_playbook(
        commands.add_parser("playbook", help="hunts under a name: list, save, run …"), common
    )
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
    doctor.set_defaults(command="doctor")
    return whole


def _common_options(workspaces: str) -> _Parser:
    """For the app and sub-commands alike; suppressed defaults keep what stood before the latter."""
    common = _Parser(add_help=False, argument_default=argparse.SUPPRESS)
    common.add_argument("--workspace", metavar="W", help=workspaces)
    analyst = common.add_mutually_exclusive_group()
    analyst.add_argument(
        "--offline", action="store_true", help="use the offline analyst: free, nothing is sent"
    )
    analyst.add_argument("--model", metavar="M", help="model name, or auto for the cheapest fit")
    return common


def _words(text: str) -> str:
    """Words from the command line; bytes that are no UTF-8 there can be neither sent nor kept."""
    return text.encode("utf-8", "replace").decode()


def _add_hunt(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Plan, query and hunt. Results go to standard output, progress to standard error. "
        "Exit code 0: done, 1: failed, 2: refused by a guardrail or a limit, 130: cancelled."
    )
    parser.add_argument(
        "request", nargs="?", default="", type=_words, help="what to look for, in plain words"
    )
    parser.add_argument(
        "--kql", metavar="FILE", help="run the KQL in this file (- for standard input)"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document at the end")
    parser.add_argument(
        "--yes",
        action="store_true",
        help="accept the price, and run a repaired query, without being asked",
    )
    parser.set_defaults(command="hunt")


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
    parser.set_defaults(command="import")


def _add_history(parser: argparse.ArgumentParser, common: _Parser) -> None:
    parser.set_defaults(command="history")
    actions = parser.add_subparsers(dest="action", required=True, parser_class=_Parser)
    listing = actions.add_parser("list", help="the newest hunts")
    show = actions.add_parser("show", help="one hunt and its findings")
    search = actions.add_parser("search", help="hunts that hold words, state:new, after:7d …")
    report = actions.add_parser("report", help="a hunt, or some of its findings, to hand on")
    bundle = actions.add_parser("bundle", help="all of one hunt as a file, for replay")
    ask = actions.add_parser("ask", help="a question on a finding", parents=[common])
    for one in (show, report, bundle, ask):
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
    report.add_argument(
        "file", type=Path, metavar="FILE", help="its ending says the format; - prints it"
    )
    bundle.add_argument("file", type=Path, metavar="FILE", help="written 0600, whole")
    report.add_argument(
        "--finding", type=int, action="append", default=[], metavar="N", help="only this; repeat it"
    )
    report.add_argument(
        "--format", default="", metavar="NAME", help="for another ending, or -: json, markdown …"
    )


def _add_playbook(parser: argparse.ArgumentParser, common: _Parser) -> None:
    parser.set_defaults(command="playbook")
    actions = parser.add_subparsers(dest="action", required=True, parser_class=_Parser)
    actions.add_parser("list", help="all playbooks, ours and yours, with their parameters")
    show = actions.add_parser("show", help="one playbook: parameters and query")
    save = actions.add_parser("save", help="the query of a hunt, under a name")
    run = actions.add_parser("run", help="hunt with a playbook", parents=[common])
    rename = actions.add_parser("rename", help="one of your own")
    delete = actions.add_parser("delete", help="one of your own")
    run.description = (
        "Run a playbook as hunt --kql runs a query. Exit code 0: done, 1: failed, 2: refused by a "
        "guardrail or a limit, 130: cancelled."
    )
    for one in (show, save, run, rename, delete):
        one.add_argument("name", metavar="NAME", help="small letters, digits and -")
    rename.add_argument("to", metavar="TO", help="its new name")
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
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a parameter, for a list with commas; repeat it",
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
    parser.set_defaults(command="replay")


def _add_config(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(command="config")
    actions = parser.add_subparsers(dest="action", required=True, parser_class=_Parser)
    actions.add_parser("path", help="files and folders")
    actions.add_parser("show", help="settings as they hold now; secrets are not shown")
    actions.add_parser(
        "workspaces", help="what can be set for each kind of workspace, and what it cannot do"
    )
    actions.add_parser("models", help="models that may be asked, as a models.toml")
    actions.add_parser("keys", help="the key map in effect, as config.toml may hold it")
    actions.add_parser("budget", help="what was spent, and the limits on it")
    catalog = actions.add_parser("catalog", help="what may be asked for, as a catalog.toml")
    catalog.add_argument("table", nargs="?", default="", help="this table only")
    catalog.add_argument(
        "--list", action="store_true", help="names of the tables and what they hold"
    )


def _add_rules(parser: argparse.ArgumentParser, common: _Parser) -> None:
    parser.set_defaults(command="rules")
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
