"""Merges findings of the same activity from different chunks. Pure.

Two findings are the same when they share a technique (or, without any, their title) and either an
indicator that names one thing (address, domain, hash ...) or host and account. Findings of one
chunk are not joined for that alone: the model saw both and told them apart. A finding that holds
is never joined with one that is in doubt.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import TypeVar

from soc_tui.analysts import Merged
from soc_tui.model.finding import Confidence, Evidence, Finding, Ioc, Quotation, Severity, number_in
from soc_tui.model.grounded import together
from soc_tui.model.rows import Rows, row_index

_HOST_COLUMNS = frozenset({"DeviceName", "Computer", "HostName", "VM_s"})
_ACCOUNT_COLUMNS = frozenset(
    {"AccountName", "AccountUpn", "Account", "TargetUserName", "UserPrincipalName", "Caller"}
)
_OTHER_ACCOUNT_COLUMNS = frozenset({"InitiatingProcessAccountName"})

# Names like powershell.exe, hosts and accounts stand in many unrelated findings.
_TELLING_TYPES = frozenset(
    {"ip", "domain", "url", "md5", "sha1", "sha256", "email", "path", "registry_key"}
)
_SEVERITIES = list(Severity)
_CONFIDENCES = list(Confidence)
_NO_ROW = 1_000_000_000
_EARLIER = 0
"""The chunk of what was found in an earlier run; those of a run count from 1."""
# Each chunk's words on the same thing; its evidence is kept whole.
_MOST_TOLD = 5
_MOST_ADVICE = 12

K = TypeVar("K")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Part:
    """One chunk's finding and where it happened.

    Attributes:
        chunk: Number of the chunk.
        hosts, accounts: Of the cited rows, in lower case.
    """

    finding: Finding
    chunk: int
    hosts: frozenset[str] = frozenset()
    accounts: frozenset[str] = frozenset()


def part_of(finding: Finding, chunk: int, rows: Rows) -> Part:
    """The finding with the hosts and accounts that its cited rows name."""
    indices = {row_index(evidence.row_id, rows.count) for evidence in finding.evidence}
    cited = sorted(index for index in indices if index is not None)
    accounts = _ACCOUNT_COLUMNS & set(rows.column_names) or _OTHER_ACCOUNT_COLUMNS
    return Part(finding, chunk, _cells(_HOST_COLUMNS, cited, rows), _cells(accounts, cited, rows))


def _cells(names: frozenset[str], indices: Sequence[int], rows: Rows) -> frozenset[str]:
    cells = (
        rows.table.column(position)[index].as_py()
        for position, column in enumerate(rows.columns)
        if column.name in names
        for index in indices
    )
    return frozenset(str(cell).casefold() for cell in cells if cell)


def merge(parts: Iterable[Part]) -> tuple[Finding, ...]:
    """Findings of all parts, joined where they are the same, until nothing is the same any more.

    In order of their first parts; but for that, the order of the parts does not matter.
    """
    merger = Merger()
    for part in parts:
        merger.add(part)
    return merger.findings


class Merger:
    """`merge`, one part after the other. A part is compared with those that share a key with it."""

    def __init__(self) -> None:
        self._clusters: dict[int, _Cluster] = {}
        self._at: dict[object, set[int]] = {}
        self._arrived = 0

    @property
    def findings(self) -> tuple[Finding, ...]:
        """As they stand now, in order of their first part's arrival."""
        return tuple(self._clusters[at].finding() for at in sorted(self._clusters))

    def seed(self, findings: Iterable[Finding], rows: Rows) -> None:
        """Findings of an earlier run through the same answer: what is found again grows them.

        Each keeps the place that its number (`f3`) says; new ones come behind the last.
        """
        for finding in findings:
            if number := number_in(finding.id):
                self._put(number - 1, _Cluster.of(part_of(finding, _EARLIER, rows)))
                self._arrived = max(self._arrived, number)

    def add(self, part: Part) -> Merged | None:
        """What the part changed in the findings so far; None when it stands by itself."""
        cluster, absorbed = _Cluster.of(part), list[int]()
        while same := self._same(cluster):
            for at in same:
                cluster = cluster.with_parts(self._take(at))
            absorbed += same
        if not absorbed:
            self._put(self._arrived, cluster)
            self._arrived += 1
            return None
        position, *others = sorted(absorbed)
        self._put(position, cluster)
        return Merged(cluster.finding(), position, tuple(others))

    def _same(self, cluster: _Cluster) -> list[int]:
        near = {at for key in cluster.keys for at in self._at.get(key, ())}
        return [at for at in near if cluster.is_same(self._clusters[at])]

    def _put(self, at: int, cluster: _Cluster) -> None:
        self._clusters[at] = cluster
        for key in cluster.keys:
            self._at.setdefault(key, set()).add(at)

    def _take(self, at: int) -> _Cluster:
        cluster = self._clusters.pop(at)
        for key in cluster.keys:
            self._at[key].discard(at)
        return cluster


@dataclass(frozen=True, slots=True)
class _Cluster:
    """Parts that are one finding, and what they have together.

    `hosts` and `accounts` hold an empty text for each part that names none.
    """

    parts: frozenset[Part]
    grounded: bool
    chunks: frozenset[int]
    techniques: frozenset[str]
    telling: frozenset[tuple[str, str]]
    hosts: frozenset[str]
    accounts: frozenset[str]

    @classmethod
    def of(cls, part: Part) -> _Cluster:
        finding = part.finding
        techniques = {mitre.technique.upper() for mitre in finding.mitre}
        telling = {_ioc_key(ioc) for ioc in finding.iocs if ioc.type.casefold() in _TELLING_TYPES}
        return cls(
            parts=frozenset({part}),
            grounded=finding.grounded,
            chunks=frozenset({part.chunk}),
            techniques=frozenset(techniques or {" ".join(finding.title.casefold().split())}),
            telling=frozenset(telling),
            hosts=part.hosts or frozenset({""}),
            accounts=part.accounts or frozenset({""}),
        )

    @property
    def keys(self) -> Iterator[object]:
        """Two that are the same have one of them in common."""
        yield from self.parts
        for technique in self.techniques:
            for telling in self.telling:
                yield self.grounded, technique, "telling", telling
            for host in self.hosts - {""}:
                yield self.grounded, technique, "host", host
            if "" in self.hosts:
                for account in self.accounts - {""}:
                    yield self.grounded, technique, "account", account

    def is_same(self, other: _Cluster) -> bool:
        """Never turns false as parts are added, so the order of adding does not matter."""
        if self.parts & other.parts:
            return True
        if self.grounded != other.grounded or len(self.chunks | other.chunks) < 2:
            return False
        if not self.techniques & other.techniques:
            return False
        hosts, accounts = self.hosts & other.hosts, self.accounts & other.accounts
        return bool(self.telling & other.telling or (hosts and accounts and any(hosts | accounts)))

    def with_parts(self, other: _Cluster) -> _Cluster:
        return replace(
            self,
            parts=self.parts | other.parts,
            chunks=self.chunks | other.chunks,
            techniques=self.techniques | other.techniques,
            telling=self.telling | other.telling,
            hosts=self.hosts | other.hosts,
            accounts=self.accounts | other.accounts,
        )

    def finding(self) -> Finding:
        return joined([part.finding for part in self.parts])


def joined(findings: Sequence[Finding]) -> Finding:
    """One finding of several: the strongest leads, the others add what it does not say.

    State, id and whether it is grounded are the lead's; of its checks hold those that hold of all.
    """
    if len(findings) == 1:
        return findings[0]
    ordered = sorted(findings, key=_strongest_first)
    lead = ordered[0]
    return replace(
        lead,
        description=_told(ordered),
        confidence=max((f.confidence for f in ordered), key=_CONFIDENCES.index),
        severity=max((f.severity for f in ordered), key=_SEVERITIES.index),
        mitre=_first_of_each((mitre for f in ordered for mitre in f.mitre), lambda one: one.id),
        iocs=_first_of_each((ioc for f in ordered for ioc in f.iocs), _ioc_key),
        evidence=_all_evidence(chain.from_iterable(f.evidence for f in ordered)),
        recommendations=tuple(
            islice(_unique(text for f in ordered for text in f.recommendations), _MOST_ADVICE)
        ),
        tags=tuple(_unique(tag for f in ordered for tag in f.tags)),
        notes="\n".join(islice(_unique(finding.notes for finding in ordered), _MOST_TOLD)),
        doubts=tuple(_unique(doubt for f in ordered for doubt in f.doubts)),
        checks=together(ordered),
        untyped=_first_of_each((ioc for f in ordered for ioc in f.untyped), _ioc_key),
    )


def _told(ordered: Sequence[Finding]) -> str:
    """What the strongest say, under their own titles where those differ; of more than a few only
    that they are there."""
    title = ordered[0].title.casefold()
    texts = list(
        _unique(
            one.description if one.title.casefold() == title else f"{one.title}: {one.description}"
            for one in ordered
        )
    )
    more = len(texts) - _MOST_TOLD
    if more > 0:
        texts[_MOST_TOLD:] = [f"Reported {more} more times, in other chunks."]
    return "\n\n".join(texts)


def _strongest_first(finding: Finding) -> tuple[object, ...]:
    """A total order, so that the order of arrival does not matter."""
    return (
        -_SEVERITIES.index(finding.severity),
        -_CONFIDENCES.index(finding.confidence),
        min((_row_number(evidence) for evidence in finding.evidence), default=_NO_ROW),
        finding.title,
        repr(finding),
    )


def _all_evidence(evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """Each row once, with all that is quoted of it, in order of rows."""
    quoted: dict[str, list[Quotation]] = {}
    for citation in evidence:
        quoted.setdefault(citation.row_id, []).extend(citation.quotations)
    whole = (Evidence(row, tuple(dict.fromkeys(cells))) for row, cells in quoted.items())
    return tuple(sorted(whole, key=lambda one: (_row_number(one), one.row_id)))


def _row_number(evidence: Evidence) -> int:
    index = row_index(evidence.row_id, _NO_ROW)
    return _NO_ROW if index is None else index


def _ioc_key(ioc: Ioc) -> tuple[str, str]:
    return ioc.type.casefold(), ioc.value.strip().casefold()


def _first_of_each(items: Iterable[T], key: Callable[[T], K]) -> tuple[T, ...]:
    found: dict[K, T] = {}
    for item in items:
        found.setdefault(key(item), item)
    return tuple(found.values())


def _unique(items: Iterable[T]) -> Iterator[T]:
    return (item for item in dict.fromkeys(items) if item)
