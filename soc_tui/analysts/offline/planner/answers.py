"""Answers from local knowledge to requests that are not for logs. No model, no network."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources

from soc_tui.analysts.grounding import attack_ids
from soc_tui.analysts.offline.planner.mentions import Mentions
from soc_tui.model.catalog import Catalog, TableSpec
from soc_tui.model.finding import Mitre
from soc_tui.model.plan import Reply

_GREETING = re.compile(
    r"\W*(?:hi|hello|hey|hallo|moin|good (?:morning|afternoon|evening|day)|greetings)"
    r"(?: (?:there|soc|all|again))?\W*",
    re.I,
)
_THANKS = re.compile(
    r"\W*(?:thanks?(?: you)?|thank you|cheers|ok(?:ay)?|great|bye|perfect)\b.{0,20}", re.I
)
_HELP = re.compile(
    r"\W*(?:help|usage|\?+|(?:what|how) (?:can|do|does) (?:you|i|this|it)\b.*|who are you"
    r"|what are you|what is this)\W*",
    re.I,
)
_DEFINE = re.compile(
    r"^\W*(?:what(?:['’]s| is| are| does| do)?|explain|describe|define|tell me about|meaning of)\s+"
    r"(?:an? |the )?(?P<what>.+?)(?: mean(?:s|ing)?| stand for)?[\s?.!]*$",
    re.I,
)
_TABLES = re.compile(r"\b(?:what|which|list|show)\b.*\btables\b", re.I)
_COLUMNS = re.compile(r"\b(?:columns?|fields?|schema)\b", re.I)
_EVENT = re.compile(r"\b(?:windows )?(?:event|eid)(?: ?id)?s? (?P<code>\d{3,5})\b", re.I)
_RESULT = re.compile(
    r"\b(?:result ?(?:type|code)?|(?:sign-?in )?error(?: code)?|code|aadsts) ?(?P<code>\d+)\b", re.I
)
_LOGON_TYPE = re.compile(r"\blogon ?type (?P<code>\d{1,2})\b", re.I)
_BARE_CODE = re.compile(r"(?P<code>\d{4,6})")
_LONGEST_QUESTION = 120
_TABLES_SHOWN, _SUB_TECHNIQUES_SHOWN = 30, 12


def answer(text: str, named: Mentions, catalog: Catalog) -> Reply | None:
    """The answer, or None when the request is for logs (or none is known)."""
    if _GREETING.fullmatch(text) or _HELP.fullmatch(text):
        return Reply(help_text(catalog))
    if _THANKS.fullmatch(text):
        return Reply("Ready for the next hunt.")
    if len(text) > _LONGEST_QUESTION or named.any:
        return None
    said = _tables_text(catalog) if _TABLES.search(text) else _asked_table(text, catalog)
    definition = _DEFINE.match(text)
    if not said and definition is not None:
        said = "\n".join([*_techniques(definition["what"]), *_codes(definition["what"])])
    return Reply(said) if said else None


def help_text(catalog: Catalog) -> str:
    """What the offline analyst does, with examples."""
    return (
        "I am the offline analyst: no model, nothing leaves this machine. I turn a request in"
        f" English into KQL on one of {len(catalog.tables)} tables by its words, and hunt"
        " through the rows with Sigma rules.\n"
        "Ask, for example: “suspicious powershell in the last 3 days”, “anything odd on host"
        " win-07 in the last 12 hours?”, “failed sign-ins from outside Norway this week”, “who"
        " changed role assignments in Azure since Monday?”.\n"
        "Then change it: “only failed ones”, “widen to 7 days”, “same for win-08”, “without"
        " svc-backup”. I also know what T1059, event 4625 or ResultType 50126 mean, and what is in"
        " SigninLogs."
    )


def _tables_text(catalog: Catalog) -> str:
    tables = list(catalog.tables.values())
    lines = [f"{table.name}: {_first_sentence(table.notes)}" for table in tables[:_TABLES_SHOWN]]
    if len(tables) > _TABLES_SHOWN:
        lines.append(f"… and {len(tables) - _TABLES_SHOWN} more: run soc-tui config catalog")
    return "\n".join(lines)


def _asked_table(text: str, catalog: Catalog) -> str:
    """A table's description, when the request asks for just that; else empty."""
    by_name = {name.casefold(): table for name, table in catalog.tables.items()}
    words = [word.casefold() for word in re.findall(r"\w+", text)]
    table = next((by_name[word] for word in words if word in by_name), None)
    if table is None:
        return ""
    definition = _DEFINE.match(text)
    whole = definition is not None and re.fullmatch(
        rf"(?:in |table )?{table.name}(?: table| for)?", definition["what"], re.I
    )
    if _COLUMNS.search(text) and len(words) <= 8:
        return f"{table.name} has {len(table.columns)} columns.\n{_columns_text(table)}"
    return f"{table.name}: {' '.join(table.notes.split())}" if whole else ""


def _columns_text(table: TableSpec) -> str:
    by_type: dict[str, list[str]] = {}
    for column in table.columns:
        by_type.setdefault(column.type.value, []).append(column.name)
    return "\n".join(f"{kind}: {', '.join(names)}" for kind, names in by_type.items())


def _techniques(what: str) -> Iterator[str]:
    for technique in attack_ids.ids_in(what) or attack_ids.ids_named(what):
        found = attack_ids.reference(technique)
        if found.name:
            yield _technique_text(found)
        else:
            version = attack_ids.version()
            yield f"{technique} is not a technique of MITRE ATT&CK {version} (Enterprise)."


def _technique_text(found: Mitre) -> str:
    tactics = ", ".join(attack_ids.tactics_of(found.id))
    place = found.id.replace(".", "/")
    children = attack_ids.sub_techniques(found.id)
    listed = ", ".join(f"{one.id} {one.name}" for one in children[:_SUB_TECHNIQUES_SHOWN])
    more = f" and {len(children) - _SUB_TECHNIQUES_SHOWN} more"
    below = f" Sub-techniques: {listed}" if children else ""
    below += (more if len(children) > _SUB_TECHNIQUES_SHOWN else "") + ("." if children else "")
    return (
        f"{found.id} {found.name}: MITRE ATT&CK technique, version {attack_ids.version()}, tactic"
        f" {tactics}.{below} https://attack.mitre.org/techniques/{place}/"
    )


def _codes(what: str) -> Iterator[str]:
    known = _knowledge()
    readings = (
        (_EVENT.search(what), "events", "Windows event {code}: {means}."),
        (_RESULT.search(what), "results", "Sign-in result {code}: {means}."),
        (_LOGON_TYPE.search(what), "logon_types", "Logon type {code}: {means}."),
        (_BARE_CODE.fullmatch(what), "events", "Windows event {code}: {means}."),
        (_BARE_CODE.fullmatch(what), "results", "Sign-in result {code}: {means}."),
    )
    for match, kind, words in readings:
        if match is not None and match["code"] in known[kind]:
            yield words.format(code=match["code"], means=known[kind][match["code"]])


def _first_sentence(text: str) -> str:
    return re.split(r"(?<=\.)\s+(?=[A-Z])", " ".join(text.split()), maxsplit=1)[0]


@cache
def _knowledge() -> Mapping[str, Mapping[str, str]]:
    text = (resources.files(__package__) / "knowledge.toml").read_text("utf-8")
    known: Mapping[str, Mapping[str, str]] = tomllib.loads(text)
    return known
