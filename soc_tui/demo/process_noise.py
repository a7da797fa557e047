"""Ordinary short-lived processes, drawn from the templates."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from soc_tui.demo import clock
from soc_tui.demo.clock import SECOND, WEEK, Ints, Texts
from soc_tui.demo.company import SERVER, accounts, hosts, people
from soc_tui.demo.images import image_index
from soc_tui.demo.process_templates import CHILDREN, DOCUMENTS, ENCODED_SCRIPTS, SITES, TEMPLATES
from soc_tui.demo.processes import INTEGRITY, Processes, new_pids
from soc_tui.demo.sessions import in_scope

_FIELD = re.compile(r"\{\{|\}\}|\{(\w+(?::[*\d])?)\}")


@dataclass(frozen=True, slots=True)
class Template:
    """One kind of ordinary process."""

    weight: float
    scope: str
    parent: str
    image: str
    integrity: str
    seconds: float
    line: str


def templates() -> tuple[Template, ...]:
    """The parsed TEMPLATES."""
    parts = (line.split("|", 6) for line in TEMPLATES.strip().splitlines())
    return tuple(Template(float(p[0]), p[1], p[2], p[3], p[4], float(p[5]), p[6]) for p in parts)


def encoded_scripts() -> tuple[str, ...]:
    """The management scripts as PowerShell's -EncodedCommand takes them."""
    return tuple(base64.b64encode(s.encode("utf-16-le")).decode() for s in ENCODED_SCRIPTS)


def random_guids(rng: np.random.Generator, count: int) -> list[str]:
    """Version 4 looking GUIDs from the generator (uuid.uuid4 would not be repeatable)."""
    digits = rng.bytes(16 * count).hex()
    return [
        f"{d[:8]}-{d[8:12]}-4{d[13:16]}-a{d[17:20]}-{d[20:]}"
        for d in (digits[i : i + 32] for i in range(0, 32 * count, 32))
    ]


def _sources(rng: np.random.Generator) -> dict[str, Callable[[int], list[str]]]:
    def numbers(low: int, high: int) -> Callable[[int], list[str]]:
        return lambda n: [str(v) for v in rng.integers(low, high, n)]

    def words(values: tuple[str, ...]) -> Callable[[int], list[str]]:
        return lambda n: [values[i] for i in clock.zipf_choice(rng, len(values), n, 0.7)]

    def hexes(length: int) -> Callable[[int], list[str]]:
        def draw(n: int) -> list[str]:
            digits = rng.bytes(16 * n).hex()
            return [digits[i : i + length] for i in range(0, 32 * n, 32)]

        return draw

    servers = tuple(host.name for host in hosts() if host.kind == SERVER)
    return {
        "n": numbers(100, 9000),
        "m": numbers(10_000, 99_999),
        "d": numbers(1, 9),
        "c": hexes(2),
        "hex": hexes(20),
        "hex8": lambda n: [text.upper() for text in hexes(8)(n)],
        "guid": lambda n: random_guids(rng, n),
        "GUID": lambda n: [text.upper() for text in random_guids(rng, n)],
        "guid8": words(("KEYROAMING", "SYSTEM", "Install $(Arg0)", "Logon", "", "USER")),
        "doc": words(DOCUMENTS),
        "site": words(SITES),
        "server": words(servers),
        "person": words(tuple(person.name for person in people())),
        "b64:*": words(encoded_scripts()),
    }


def fill(rng: np.random.Generator, line: str, users: list[str]) -> Texts:
    """The template line with its fields filled, one text for each user name."""
    count, sources = len(users), _sources(rng)
    names = {match.group(1) for match in _FIELD.finditer(line) if match.group(1)}
    drawn = {name: users if name == "user" else sources[name](count) for name in sorted(names)}
    out = np.empty(count, dtype=object)
    pattern = _FIELD.sub(
        lambda m: f"{{{m.group(1).replace(':*', '')}}}" if m.group(1) else m.group(0), line
    )
    columns = {name.replace(":*", ""): values for name, values in drawn.items()}
    if not columns:
        out[:] = pattern.replace("{{", "{").replace("}}", "}")
        return out
    rows = zip(*columns.values(), strict=True)
    out[:] = [pattern.format(**dict(zip(columns, row, strict=True))) for row in rows]
    return out


def _candidates(table: Processes, template: Template) -> Ints:
    """Long-running processes that may be the parent."""
    kind, _, word = template.scope.partition(":")
    found = table.with_image(template.parent)
    if kind == "user":
        staff = [i for i, p in enumerate(people()) if word in ("*", p.department)]
        return found[np.isin(table.account[found], staff)]
    inside = [i for i, host in enumerate(hosts()) if in_scope(word, host.name, host.kind)]
    return found[np.isin(table.host[found], inside) & (table.ended[found] > -WEEK)]


def _place(
    rng: np.random.Generator, table: Processes, template: Template, count: int, busy: Ints
) -> tuple[Ints, Ints]:
    """Parents and creation times for `count` processes; nights may give a few less."""
    found = _candidates(table, template)
    begin = np.maximum(table.created[found], -WEEK)
    lasts = np.maximum(table.ended[found] - begin, 1)
    if template.scope.startswith("night"):
        parents = rng.choice(found, 2 * count)
        times = clock.nightly_times(rng, 2 * count, 2.6, 0.6)
        alive = (table.created[parents] < times) & (table.ended[parents] > times)
        return parents[alive][:count], times[alive][:count]
    weight = lasts * busy[table.host[found]].astype(float)
    chosen = rng.choice(len(found), count, p=weight / weight.sum())
    times = begin[chosen] + (rng.random(count) * lasts[chosen]).astype(np.int64)
    return found[chosen], np.clip(times, -WEEK, -1)


def _add(
    rng: np.random.Generator, table: Processes, template: Template, parents: Ints, times: Ints
) -> None:
    count = len(parents)
    names = [accounts()[i].name for i in table.account[parents]]
    level = table.integrity[parents]
    if template.integrity != "=":
        level = np.full(count, INTEGRITY.index(template.integrity))
    runs = (rng.exponential(template.seconds, count) * SECOND).astype(np.int64) + 20_000
    table.append(
        host=table.host[parents],
        account=table.account[parents],
        image=np.full(count, image_index(template.image)),
        pid=new_pids(rng, count),
        created=times,
        ended=np.minimum(times + runs, table.ended[parents]),
        parent=parents,
        logon=table.logon[parents],
        integrity=level,
        line=fill(rng, template.line, names),
    )


def _add_children(rng: np.random.Generator, table: Processes, first: int) -> None:
    """Children of the short-lived processes from index `first` on."""
    for text in CHILDREN.strip().splitlines():
        share, parent, word, image, line = text.split("|", 4)
        found = table.with_image(parent)
        found = found[found >= first]
        found = found[np.array([word in row for row in table.line[found]], dtype=bool)]
        found = found[rng.random(len(found)) < float(share)]
        times = np.minimum(table.created[found] + rng.integers(20_000, 900_000, len(found)), -1)
        _add(rng, table, Template(1, "", parent, image, "=", 2, line), found, times)


def ordinary_processes(rng: np.random.Generator, table: Processes, count: int) -> None:
    """Append about `count` short-lived processes, and their children, to the residents' table."""
    first = len(table)
    busy = (100 * rng.lognormal(0, 0.5, len(hosts()))).astype(np.int64) + 20
    kinds = templates()
    share = count / sum(kind.weight for kind in kinds)
    placed = []
    for kind in kinds:
        number = max(round(kind.weight * share), 1)
        placed.append((kind, *_place(rng, table, kind, number, busy)))
    for kind, parents, times in placed:
        _add(rng, table, kind, parents, times)
    _add_children(rng, table, first)
