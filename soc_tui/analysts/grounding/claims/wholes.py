"""Claims about every thing of a kind, which no cited rows can show."""

from __future__ import annotations

import re

from soc_tui.analysts.grounding.claims.prose import said

_ALL = re.compile(
    r"\b(?:every(?: single)?|all(?: of)?|each(?: of)?|any and all|the (?:entire|"
    r"whole)|entire|whole|across (?:the|all)|throughout (?:the)?|everywhere|"
    r"company-?wide|enterprise-?wide|network-?wide|organi[sz]ation-?wide|"
    r"domain-?wide|site-?wide|everyone|everybody)\b\s*(?:(?:the|our|your|its|other|"
    r"of|corporate|internal|company'?s?|whole|"
    r"entire)\s+)*(?P<noun>(?:[\w'-]+\s+){0,1}?)(?P<unit>[\w-]+)?",
    re.IGNORECASE,
)
_SHARE = re.compile(
    r"\b(?:half|most|(?:the )?majority|a (?:third|quarter|fifth)|(?:a )?(?:large|big|great) "
    r"(?:part|number|share)|parts?|two thirds) of (?:the|all|our|its|their|your)\s+"
    r"(?:\w+ )??(?P<unit>\w+)(?: (?P<next>\w+))?",
    re.IGNORECASE,
)
_WHOLES = re.compile(
    r"(?:hosts?|machines?|computers?|devices?|servers?|workstations?|laptops?|"
    r"endpoints?|systems?|VMs?|users?|accounts?|people|employees?|mailbox(?:es)?"
    r"|admins?|administrators?|controllers?|networks?|domains?|forests?|tenants?|"
    r"estate|fleet|compan(?:y|ies)|organi[sz]ations?|enterprise|infrastructure|"
    r"environment"
    r"|shares?|files?|databases?|data|backups?|subscriptions?|passwords?|"
    r"credentials?|secrets?|sites?|offices?|buckets?|customers?|departments?|floor|"
    r"board|internet|keys?|disks?|drives?)\b",
    re.IGNORECASE,
)
_ALONE = re.compile(
    r"(?:everywhere|(?:company|enterprise|network|organi[sz]ation|domain|"
    r"site)-?wide|everyone|everybody)",
    re.I,
)
# "everyone who logged on to this host", "not all users", "which lets it read all mailboxes"
_BOUNDED = re.compile(
    r"(?:\s+[\w'-]+){0,4}?\s+(?:this|these|cited|above|listed|named|shown)\b", re.I
)
_FOLLOWS = re.compile(
    r"\bnot\s*$|\b(?:which|that)\s+(?:would |can |could |may )?(?:lets?|allows?|"
    r"gives?|yields?|exposes?|reads?|grants?)\b[^.;]*$",
    re.I,
)


def wholes(text: str) -> list[str]:
    """Doubts on claims about every thing of a kind; no cited rows can show that."""
    doubts = []
    for match in _ALL.finditer(text):
        if _BOUNDED.match(text, match.end()) or _FOLLOWS.search(
            text[max(0, match.start() - 50) : match.start()]
        ):
            continue
        noun = match["unit"] or ""
        if _ALONE.match(match[0]) or _WHOLES.fullmatch(noun):
            doubts.append(f"Its text says {said(match[0].strip())}, which no cited rows can show.")
    for match in _SHARE.finditer(text):
        if _WHOLES.fullmatch(match["unit"]) or _WHOLES.fullmatch(match["next"] or ""):
            doubts.append(f"Its text says {said(match[0])}, which no cited rows can show.")
    return doubts
