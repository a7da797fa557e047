"""A report as a STIX 2.1 bundle.

https://docs.oasis-open.org/cti/stix/v2.1/os/stix-v2.1-os.html. A Report holds all; each finding is
a Grouping of its Indicators, Attack Patterns, Observed Data and a Note with the evidence; an
Indicator that was seen in the cited rows has a Sighting.

Ids are made of the object's content: the same hunt gives the same bundle, byte for byte, and a
finding that was triaged since gives a new object instead of a second version of the old one. They
have the form of a UUIDv4, which the standard asks for where it says no parts to make an id of.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from soc_tui.history.codec import time_text
from soc_tui.history.reports.content import Fact, finding_facts, hunt_facts, title
from soc_tui.model.finding import HARMLESS, Confidence, Finding, Ioc, Mitre
from soc_tui.model.grounded import labels as check_labels
from soc_tui.model.hunt import Hunt
from soc_tui.model.time_columns import TIME_COLUMNS

_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://github.com/soc-tui/stix")
# STIX 2.1, appendix A, "None / Low / Med / High".
_CONFIDENCE = {Confidence.LOW: 15, Confidence.MEDIUM: 50, Confidence.HIGH: 85}
_TECHNIQUE = re.compile(r"T\d{4}(?:\.\d{3})?")
_URI = re.compile(
    r"[A-Za-z][A-Za-z0-9+.-]*:(?:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+"
)
_HASHES = {"md5": ("MD5", 32), "sha1": ("SHA-1", 40), "sha256": ("SHA-256", 64)}


def to_stix(hunt: Hunt) -> str:
    """The hunt and its findings as a bundle: JSON in plain ASCII."""
    import stix2

    objects = _Objects(hunt).all()
    bundle = stix2.v21.Bundle(
        id=_id("bundle", [item["id"] for item in objects]), objects=objects, allow_custom=False
    )
    return json.dumps(json.loads(bundle.serialize()), indent=2) + "\n"


class _Objects:
    """The objects of one bundle, each once, by id."""

    def __init__(self, hunt: Hunt) -> None:
        from stix2 import v21

        self._types = v21
        self._hunt = hunt
        self._found: dict[str, Any] = {}
        self._when = time_text(hunt.created)
        common = {"created": self._when, "modified": self._when}
        self._tool = self._add("Identity", name="soc_tui", identity_class="system", **common)
        self._common = {**common, "created_by_ref": self._tool}
        self._place = self._add(
            "Identity",
            name=_clean(hunt.workspace) or "workspace",
            identity_class="system",
            description="The log workspace that was queried.",
            **self._common,
        )

    def all(self) -> list[Any]:
        """The report last, since it names all others."""
        for finding in self._hunt.findings:
            self._finding(finding)
        if self._hunt.kql:
            self._note("KQL query", self._hunt.kql, [self._place])
        self._add(
            "Report",
            name=_clean(title(self._hunt)),
            description=_lines(hunt_facts(self._hunt)),
            report_types=["threat-report"],
            published=self._when,
            external_references=[{"source_name": "soc_tui", "external_id": self._hunt.id}],
            object_refs=list(self._found),
            **self._common,
        )
        return list(self._found.values())

    def _finding(self, finding: Finding) -> None:
        labels = [*check_labels(finding), finding.severity.value, finding.state.value]
        refs = self._techniques(finding)
        seen = self._observed(finding)
        for ioc in finding.iocs:
            if indicator := self._indicator(finding, ioc, labels):
                refs.append(indicator)
                if seen and finding.grounded:
                    self._add(
                        "Sighting",
                        sighting_of_ref=indicator,
                        observed_data_refs=[seen],
                        where_sighted_refs=[self._place],
                        count=max(1, len(finding.evidence)),
                        **self._common,
                    )
        refs += [seen] if seen else []
        refs.append(self._note("Evidence", _evidence(finding), [self._place, *refs]))
        self._add(
            "Grouping",
            name=_clean(finding.title) or "finding",
            description=_clean(finding.description),
            context="suspicious-activity",
            labels=labels,
            confidence=_CONFIDENCE[finding.confidence],
            object_refs=list(dict.fromkeys(refs)),
            **self._common,
        )

    def _techniques(self, finding: Finding) -> list[str]:
        known = [mitre for mitre in finding.mitre if _TECHNIQUE.fullmatch(mitre.id)]
        return [
            self._add(
                "AttackPattern",
                name=_clean(mitre.name) or mitre.id,
                external_references=[
                    {
                        "source_name": "mitre-attack",
                        "external_id": mitre.id,
                        "url": f"https://attack.mitre.org/techniques/{mitre.id.replace('.', '/')}",
                    }
                ],
                **_phase(mitre),
                **self._common,
            )
            for mitre in known
        ]

    def _indicator(self, finding: Finding, ioc: Ioc, labels: list[str]) -> str | None:
        """None for what STIX has no pattern for; the note has it all the same."""
        known = _observable(ioc)
        if known is None:
            return None
        kind = "malicious-activity" if finding.grounded else "unknown"
        return self._add(
            "Indicator",
            name=f"{_clean(ioc.type)} {_clean(ioc.value)}",
            pattern=known[0],
            pattern_type="stix",
            pattern_version="2.1",
            valid_from=self._when,
            indicator_types=["benign" if finding.state in HARMLESS else kind],
            confidence=_CONFIDENCE[finding.confidence],
            labels=labels,
            **self._common,
        )

    def _observed(self, finding: Finding) -> str | None:
        """What the cited rows show, as far as STIX has objects for it."""
        refs = []
        for ioc in finding.iocs:
            if known := _observable(ioc):
                name, properties = known[1]
                refs.append(self._add(name, **properties))
        lines = {
            _clean(cell.text)
            for item in finding.evidence
            for cell in item.quotations
            if cell.column in {"ProcessCommandLine", "CommandLine"} and cell.text
        }
        refs += [self._add("Process", command_line=line) for line in sorted(lines)]
        if not refs or not finding.evidence:
            return None
        first, last = _span(finding, self._hunt.created)
        return self._add(
            "ObservedData",
            first_observed=time_text(first),
            last_observed=time_text(last),
            number_observed=len(finding.evidence),
            object_refs=list(dict.fromkeys(refs)),
            **self._common,
        )

    def _note(self, abstract: str, content: str, refs: list[str]) -> str:
        return self._add(
            "Note",
            abstract=abstract,
            content=_clean(content),
            object_refs=list(dict.fromkeys(refs)),
            **self._common,
        )

    def _add(self, kind_name: str, /, **properties: Any) -> str:
        """The id of an object with this content, made if it is new.

        Observables whose id the standard derives itself get exactly that one.
        """
        kind = getattr(self._types, kind_name)
        standard = getattr(kind, "_id_contributing_properties", None)
        named = {} if standard else {"id": _id(kind._type, properties)}
        made = kind(**named, **properties)
        self._found.setdefault(made["id"], made)
        return str(made["id"])


def _id(kind: str, content: object) -> str:
    made = uuid.uuid5(_NAMESPACE, kind + json.dumps(content, sort_keys=True))
    return f"{kind}--{uuid.UUID(bytes=made.bytes, version=4)}"


def _phase(mitre: Mitre) -> dict[str, Any]:
    phase = re.sub(r"[^a-z]+", "-", mitre.tactic.casefold()).strip("-")
    if not phase:
        return {}
    return {"kill_chain_phases": [{"kill_chain_name": "mitre-attack", "phase_name": phase}]}


_Observable = tuple[str, tuple[str, dict[str, Any]]]


def _observable(ioc: Ioc) -> _Observable | None:
    """The pattern that finds an indicator, and the observable it is; None when STIX has none."""
    value, kind = _clean(ioc.value), ioc.type.casefold()
    if not value:
        return None
    if kind in _HASHES:
        return _hash(value, *_HASHES[kind])
    build = _SIMPLE.get(kind)
    return build(value) if build else None


def _hash(value: str, algorithm: str, digits: int) -> _Observable | None:
    if not re.fullmatch(rf"[0-9a-fA-F]{{{digits}}}", value):
        return None
    pattern = f"[file:hashes.'{algorithm}' = '{value}']"
    return pattern, ("File", {"hashes": {algorithm: value}})


def _address(value: str) -> _Observable | None:
    import ipaddress

    try:
        version = ipaddress.ip_network(value, strict=False).version
    except ValueError:
        return None
    return _valued(f"ipv{version}-addr", f"IPv{version}Address")(value)


def _valued(path: str, name: str) -> Callable[[str], _Observable]:
    return lambda value: (f"[{path}:value = {_quoted(value)}]", (name, {"value": value}))


def _url(value: str) -> _Observable | None:
    """None for what is no URI (RFC 3986)."""
    return _valued("url", "URL")(value) if _URI.fullmatch(value) else None


def _file(value: str) -> _Observable:
    name = re.split(r"[\\/]", value)[-1] or value
    return f"[file:name = {_quoted(name)}]", ("File", {"name": name})


def _registry(value: str) -> _Observable:
    return f"[windows-registry-key:key = {_quoted(value)}]", ("WindowsRegistryKey", {"key": value})


def _account(value: str) -> _Observable:
    return f"[user-account:user_id = {_quoted(value)}]", ("UserAccount", {"user_id": value})


def _command(value: str) -> _Observable:
    return f"[process:command_line = {_quoted(value)}]", ("Process", {"command_line": value})


_SIMPLE: Mapping[str, Callable[[str], _Observable | None]] = {
    **dict.fromkeys(("ip", "ipv4", "ipv6", "ip_address"), _address),
    "domain": _valued("domain-name", "DomainName"),
    "url": _url,
    "email": _valued("email-addr", "EmailAddress"),
    **dict.fromkeys(("file", "filename", "path", "file_path"), _file),
    **dict.fromkeys(("registry_key", "registry"), _registry),
    **dict.fromkeys(("account", "user", "upn"), _account),
    **dict.fromkeys(("command_line", "command", "process_command_line"), _command),
}


def _quoted(value: str) -> str:
    """A string of the STIX pattern language (section 9.3.5)."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _evidence(finding: Finding) -> str:
    cited = (
        f"Row {item.row_id}\n"
        + "".join(f"  {cell.column} = {cell.text}\n" for cell in item.quotations)
        for item in finding.evidence
    )
    advice = (f"Next: {step}" for step in finding.recommendations)
    notes = [f"Notes: {finding.notes}"] if finding.notes else []
    return "\n".join((finding.title, _lines(finding_facts(finding)), *cited, *advice, *notes))


def _lines(facts: Iterator[Fact]) -> str:
    return "\n".join(
        _clean(f"{fact.label}{fact.more}: {fact.value}" if fact.label else fact.value)
        for fact in facts
    )


def _span(finding: Finding, otherwise: dt.datetime) -> tuple[dt.datetime, dt.datetime]:
    """First and last time among the quoted cells; the time of the hunt when none is quoted."""
    times = []
    for item in finding.evidence:
        for cell in item.quotations:
            if cell.column in TIME_COLUMNS:
                try:
                    moment = dt.datetime.fromisoformat(cell.text.strip())
                except ValueError:
                    continue  # quoted in part, or in words
                if 1970 <= moment.year <= 9998:  # stix2 cannot write the years before 1000
                    times.append(moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC))
    return (min(times), max(times)) if times else (otherwise, otherwise)


def _clean(text: str) -> str:
    """As it is, but for lone surrogates and NUL, which no consumer's JSON has to take."""
    return text.replace("\x00", "\\x00").encode("utf-8", "backslashreplace").decode("utf-8")
