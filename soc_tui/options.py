"""Command-line options. Imports argparse only: the first paint waits for this module."""

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
    _add_hunt(commands.add_parser("hunt", help="hunt headless", parents=[common]))
    _add_investigate(
        commands.add_parser(
            "investigate", help="a case: from one lead through several hunts", parents=[common]
        )
    )
    _add_case(commands.add_parser("case", help="past cases: list, show, resume"), common)
    _add_import(commands.add_parser("import", help="import exported logs"))
    _add_history(commands.add_parser("history", help="past hunts: list, show, report …"), common)
    _add_playbook(
        commands.add_parser("playbook", help="saved hunts with parameters: list, save, run …"),
        common,
    )
    _add_replay(
        commands.add_parser("replay", help="show or rerun a hunt from its bundle", parents=[common])
    )
    _add_config(commands.add_parser("config", help="show settings and where they are stored"))
    _add_rules(
        commands.add_parser("rules", help="the offline analyst's rules: list, test, draft"), common
    )
    _add_audit(commands.add_parser("audit", help="the log of what was run, sent and exported"))
    licences = commands.add_parser("licences", help="what this is made of, under which licences")
    licences.set_defaults(command="licences")
    licences.add_argument("--json", action="store_true", help="print one JSON document")
    doctor = commands.add_parser(
        "doctor", help="test everything a hunt needs and report problems", parents=[common]
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
        "Exit code 0: done, 1: failed, 2: refused by a guardrail or a limit, 3: nothing found, but "
        "not all was seen, 130: cancelled."
    )
    parser.add_argument(
        "request", nargs="?", default="", type=_words, help="what to look for, in plain words"
    )
    parser.add_argument(
        "--resume",
        nargs="?",
        const="",
        metavar="ID",
        help="go on with a hunt that was cut off: its id, or the newest; only what is left is paid",
    )
    parser.add_argument(
        "--kql", metavar="FILE", help="run the KQL in this file (- for standard input)"
    )
    parser.add_argument(
        "--dialect",
        choices=("sentinel", "defender"),
        help="turn the file's Timestamp into TimeGenerated (sentinel), or back (defender)",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document at the end")
    parser.add_argument(
        "--yes",
        action="store_true",
        help="accept the price and run a repaired query without a prompt",
    )
    parser.add_argument(
        "--show-prompt",
        action="store_true",
        help="print what the hunt would send to the model, and end without sending it",
    )
    parser.set_defaults(command="hunt")


def _add_import(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Load logs into DuckDB: CSV, TSV, JSON, Parquet, EVTX and event XML, syslog, CEF, LEEF, "
        "Zeek, Suricata, auditd, IIS, CloudTrail, Entra and Purview exports; in folders and "
        "archives too. Tables are told by the content."
    )
    parser.add_argument(
        "files", nargs="+", type=Path, metavar="FILE", help="file, folder, archive, or - for stdin"
    )
    parser.add_argument(
        "--table",
        default="",
        metavar="NAME",
        help="all rows into this table, for example SigninLogs",
    )
    parser.add_argument(
        "--workspace", type=Path, metavar="FILE.duckdb", help="default: local.duckdb, see config"
    )
    parser.add_argument(
        "--replace", action="store_true", help="drop the tables' current rows and columns first"
    )
    parser.add_argument(
        "--dates",
        choices=("day-first", "month-first"),
        default="",
        help="how to read 03/11/2026 where the files do not say",
    )
    parser.add_argument(
        "--time-column", default="", metavar="NAME", help="the column that says when an event was"
    )
    parser.add_argument(
        "--again", action="store_true", help="also files that are in the workspace already"
    )
    parser.set_defaults(command="import")


def _add_history(parser: argparse.ArgumentParser, common: _Parser) -> None:
    parser.set_defaults(command="history")
    actions = parser.add_subparsers(dest="action", required=True, parser_class=_Parser)
    listing = actions.add_parser("list", help="the newest hunts")
    show = actions.add_parser("show", help="one hunt and its findings")
    search = actions.add_parser("search", help="search hunts: words, state:new, after:7d …")
    report = actions.add_parser("report", help="a hunt, or some of its findings, to hand on")
    bundle = actions.add_parser("bundle", help="one whole hunt as a file, for replay")
    rows = actions.add_parser("rows", help="its rows as .csv, .jsonl, .parquet or .xlsx")
    ask = actions.add_parser("ask", help="ask about a finding", parents=[common])
    for one in (show, report, bundle, rows, ask):
        one.add_argument("id", help="hunt id, the start of one, or last")
    search.add_argument(
        "text",
        nargs="+",
        help="words, and state: severity: technique: host: workspace: playbook: status: on: after: "
        "before:",
    )
    for several in (listing, search):
        several.add_argument(
            "--limit", type=int, default=20, metavar="N", help="maximum hunts shown"
        )
    ask.add_argument("finding", help="finding number in the hunt")
    ask.add_argument("question", help="a question, or one of: why, next, confirm")
    report.add_argument(
        "file", type=Path, metavar="FILE", help="its ending says the format; - prints it"
    )
    for one in (bundle, rows):
        one.add_argument(
            "file", type=Path, metavar="FILE", help="output file, created with mode 0600"
        )
    bundle.add_argument(
        "--pseudonyms",
        nargs="?",
        const="all",
        metavar="KINDS",
        help="replace names: users,hosts,addresses,mail; default: all",
    )
    report.add_argument(
        "--finding",
        type=int,
        action="append",
        default=[],
        metavar="N",
        help="only this one; repeatable",
    )
    report.add_argument(
        "--format", default="", metavar="NAME", help="for another ending, or -: json, markdown …"
    )


def _add_playbook(parser: argparse.ArgumentParser, common: _Parser) -> None:
    parser.set_defaults(command="playbook")
    actions = parser.add_subparsers(dest="action", required=True, parser_class=_Parser)
    actions.add_parser("list", help="all playbooks, built-in and your own, with their parameters")
    show = actions.add_parser("show", help="one playbook: parameters and query")
    save = actions.add_parser("save", help="save the query of a hunt as a playbook")
    run = actions.add_parser("run", help="hunt with a playbook", parents=[common])
    rename = actions.add_parser("rename", help="a playbook of your own")
    delete = actions.add_parser("delete", help="a playbook of your own")
    run.description = (
        "Run a playbook as hunt --kql runs a query. Exit code 0: done, 1: failed, 2: refused by a "
        "guardrail or a limit, 3: nothing found, but not all was seen, 130: cancelled."
    )
    for one in (show, save, run, rename, delete):
        one.add_argument("name", metavar="NAME", help="lowercase letters, digits and -")
    rename.add_argument("to", metavar="TO", help="its new name")
    save.add_argument("id", nargs="?", default="last", help="a hunt's id, or last")
    save.add_argument(
        "--param",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a value the query filters by that becomes a parameter; default: the likely ones",
    )
    save.add_argument("--title", default="", help="default: the request of the hunt")
    save.add_argument(
        "--replace", action="store_true", help="replace an existing playbook of that name"
    )
    run.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a parameter; lists are comma-separated; repeatable",
    )
    run.add_argument("--json", action="store_true", help="print one JSON document at the end")
    run.add_argument("--yes", action="store_true", help="accept the price without a prompt")


def _add_investigate(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Go from one lead to the next question by itself, each an ordinary hunt, within a budget. "
        "Exit code 0: something was found, 1: failed or not ended, 3: nothing found, which proves "
        "nothing beyond what was looked at, 130: cancelled."
    )
    parser.add_argument(
        "request", nargs="?", default="", type=_words, help="the lead in plain words"
    )
    parser.add_argument("--finding", default="", metavar="HUNT/F", help="a finding of a past hunt")
    parser.add_argument(
        "--entity", default="", type=_words, metavar="KIND=VALUE", help="for example host=win-07"
    )
    _add_case_budget(parser)
    parser.set_defaults(command="investigate")


def _add_case_budget(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--budget", metavar="USD", help="most that models may cost")
    parser.add_argument("--steps", type=int, metavar="N", help="most queries")
    parser.add_argument("--minutes", type=float, metavar="N", help="longest time")
    parser.add_argument("--json", action="store_true", help="print one JSON document at the end")
    parser.add_argument("--events", action="store_true", help="events as JSON lines on stderr")
    parser.add_argument("--yes", action="store_true", help="go on within the budget unasked")


def _add_case(parser: argparse.ArgumentParser, common: _Parser) -> None:
    parser.set_defaults(command="case")
    actions = parser.add_subparsers(dest="action", required=True, parser_class=_Parser)
    actions.add_parser("list", help="the newest cases")
    show = actions.add_parser("show", help="one case: story, steps, what was not looked at")
    again = actions.add_parser("resume", help="go on with a case", parents=[common])
    for one in (show, again):
        one.add_argument("id", help="case id, the start of one, or last")
    show.add_argument("--json", action="store_true", help="print one JSON document")
    _add_case_budget(again)


def _add_replay(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Show a hunt from its bundle: request, query, findings and every message, with no network. "
        "With --again, hunt through its rows again and compare the findings."
    )
    parser.add_argument("bundle", type=Path, metavar="BUNDLE", help="see: soc-tui history bundle")
    parser.add_argument(
        "--again", action="store_true", help="hunt through the same rows with the current analyst"
    )
    parser.add_argument("--messages", action="store_true", help="also print every message")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--yes", action="store_true", help="accept the price without a prompt")
    parser.set_defaults(command="replay")


def _add_audit(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(command="audit")
    actions = parser.add_subparsers(dest="action", required=True, parser_class=_Parser)
    show = actions.add_parser("show", help="the newest entries")
    show.add_argument("--most", type=int, default=50, help="how many; default: 50")
    actions.add_parser("verify", help="whether each line still follows from the one before it")
    export = actions.add_parser("export", help="all entries as JSON lines, in one file")
    export.add_argument("file", type=Path)


def _add_config(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(command="config")
    actions = parser.add_subparsers(dest="action", required=True, parser_class=_Parser)
    actions.add_parser("path", help="files and folders")
    actions.add_parser("show", help="settings in effect; secrets are not shown")
    actions.add_parser(
        "workspaces", help="what can be set for each kind of workspace, and what it cannot do"
    )
    actions.add_parser("models", help="models in effect, as a models.toml")
    actions.add_parser("keys", help="the key map in effect, as a [keys] table")
    actions.add_parser("budget", help="spend so far and its limits")
    catalog = actions.add_parser("catalog", help="the catalog in effect, as a catalog.toml")
    catalog.add_argument("table", nargs="?", default="", help="this table only")
    catalog.add_argument("--list", action="store_true", help="table names and descriptions")


def _add_rules(parser: argparse.ArgumentParser, common: _Parser) -> None:
    parser.set_defaults(command="rules")
    actions = parser.add_subparsers(dest="action", required=True, parser_class=_Parser)
    listing = actions.add_parser("list", help="all rules, built-in and from your rules folder")
    trial = actions.add_parser(
        "test", help="run the rules on a workspace; show hits and time of each", parents=[common]
    )
    trial.description = (
        "Run every rule on the tables of a workspace. On labelled logs (the demo is) it prints "
        "recall and false findings per 10,000 ordinary rows. Exit code 1: a rule could not be "
        "read or run."
    )
    drafting = actions.add_parser(
        "draft", help="a Sigma rule and a Sentinel rule from a finding", parents=[common]
    )
    drafting.description = (
        "Draft a rule from the rows that a finding cites, try it on the rows of its hunt and in "
        "the workspace, and print it or write it with its test rows."
    )
    drafting.add_argument("id", help="hunt id, the start of one, or last")
    drafting.add_argument("finding", help="finding number in the hunt")
    drafting.add_argument(
        "folder", nargs="?", type=Path, metavar="FOLDER", help="write its files here"
    )
    drafting.add_argument(
        "--hours", type=float, default=168.0, metavar="N", help="try it on the last N hours"
    )
    for one in (listing, trial):
        one.add_argument("--table", action="append", default=[], metavar="NAME", help="only this")
    trial.add_argument(
        "--labels",
        action="append",
        default=[],
        metavar="COLUMN=VALUE",
        help="intruder rows; COLUMN alone: any value except no; repeatable",
    )
    trial.add_argument("--hours", type=float, metavar="N", help="only the last N hours")
    trial.add_argument("--all", action="store_true", help="also list rules without hits")
    trial.add_argument("--json", action="store_true", help="print one JSON document at the end")
