"""Pseudonyms of names, and texts with one in the place of the other. Pure but for what it learns.

A pseudonym is a code of the name by a secret key: the same name has the same one in every call,
hunt and case of an installation, and nobody without the key can go back. Spelling is kept: `WS-01`
and `ws-01` are `HOST-…` and `host-…` of one code, and any other spelling has two letters more, so
what comes back is to the letter what stood there.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
import re
from collections.abc import Iterable
from enum import StrEnum


class Kind(StrEnum):
    """What a name is of; the value is how its pseudonyms begin."""

    USER = "user"
    HOST = "host"
    DOMAIN = "corp"
    ADDRESS = "addr"
    VALUE = "item"


_CODE = 6
_MORE = 2
_KINDS = "|".join(Kind)
# A code begins with a digit, so that few words of logs look like one.
_SHAPE = re.compile(
    rf"(?<![^\W_])(?:{_KINDS})-[2-7][a-z2-7]{{{_CODE - 1}}}(?:[a-z2-7]{{{_MORE}}})?(?![^\W_])",
    re.IGNORECASE,
)
_MAIL = re.compile(r"(?<![\w.+-])([\w.+'-]{1,64})@((?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24})(?![\w-])")
_IPV4 = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w]|\.\d)")
_IPV6 = re.compile(r"(?<![\w:.])(?=[0-9a-fA-F:]*:[0-9a-fA-F:]*:)[0-9a-fA-F:]{2,39}(?![\w:])")
_RUN = re.compile(r"[^\W_](?:[\w.\-']*[^\W_])?")
_PIECE = re.compile(r"[^\W_]+|[\W_]+")
_EDGES = re.compile(r"\A[\W_]+|[\W_]+\Z")
_MOST_PIECES = 12
"""Of a longer run (a path with dots), names are looked for piece by piece."""
SHORTEST = 3
"""A shorter name is replaced where it is a whole cell or beside its domain, not inside a text."""
_INTERNAL = tuple(
    ipaddress.ip_network(text)
    for text in (
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "100.64.0.0/10",
        "169.254.0.0/16",
        "fc00::/7",
        "fe80::/10",
    )
)
_TELLING_NOTHING = re.compile(
    r"""system | local | service | network | anonymous | logon | administrators? | guest | root
    | nobody | daemon | everyone | builtin | workgroup | localhost | localdomain | lan | domain
    | users? | host | www-data | nt | authority | null | none | unknown | defaultaccount | krbtgt
    | local[ ]?system | local[ ]?service | network[ ]?service | sshd | postgres | mysql | nginx
    | apache | bin | sys | adm | trustedinstaller | nt[ ]authority | nt[ ]service
    | anonymous[ ]logon | window[ ]manager | font[ ]driver[ ]host | iis[ ]apppool
    | (?:dwm|umfd)-\d+ | s-1-[\d-]+ | \d{1,5}""",
    re.VERBOSE,
)
"""Names that are the same everywhere: rules and models need them, and they name nobody. And a short
number is in every text."""


class Pseudonyms:
    """Replaces the names that it was told, and puts them back.

    Args:
        key: Of the installation, secret.
        addresses: Whether internal addresses are names too; they need not be told.
        mail: Whether the part before the @ of any mail address is a name.
    """

    def __init__(self, key: bytes, *, addresses: bool = False, mail: bool = False) -> None:
        self._key = key
        self._addresses = addresses
        self._mail = mail
        self._known: dict[str, Kind] = {}
        self._spaced: dict[str, Kind] = {}
        self._spaced_pattern: re.Pattern[str] | None = None
        self._real: dict[str, str] = {}
        self._spelled: dict[str, str] = {}

    @property
    def count(self) -> int:
        """How many different names were replaced."""
        return len(self._spelled)

    def learn(self, kind: Kind, names: Iterable[str]) -> None:
        """Names that are to be replaced from now on, wherever they stand."""
        for name in names:
            folded = _EDGES.sub("", name).casefold()
            if is_common(folded) or not folded:
                continue
            if _RUN.fullmatch(folded):
                self._known.setdefault(folded, kind)
            elif len(folded) >= SHORTEST:
                self._spaced.setdefault(folded, kind)
                self._spaced_pattern = None

    def cell(self, text: str, kind: Kind) -> str:
        """A cell that is a name as a whole."""
        folded = text.strip().casefold()
        if is_common(folded) or not folded:
            return text
        return text.replace(text.strip(), self._pseudonym(text.strip(), kind))

    def hide(self, text: str) -> str:
        """The text with pseudonyms in the places of names."""
        # What looks like a pseudonym and is none of ours would come back as somebody's name.
        text = _SHAPE.sub(lambda found: self._pseudonym(found[0], Kind.VALUE), text)
        if self._spaced:
            text = self._spaced_names().sub(self._hidden_spaced, text)
        text = _MAIL.sub(self._hidden_mail, text)
        if self._addresses:
            text = _IPV4.sub(self._hidden_address, text)
            if "::" in text or text.count(":") > 1:
                text = _IPV6.sub(self._hidden_address, text)
        return _RUN.sub(self._hidden_run, text) if self._known else text

    def restore(self, text: str) -> str:
        """The text with names in the places of their pseudonyms, in whatever case these are."""
        return _SHAPE.sub(self._restored, text) if "-" in text else text

    def _restored(self, found: re.Match[str]) -> str:
        told = found[0]
        name = self._real.get(told) or self._spelled.get(told.casefold())
        if name is None and len(told) > len(told.partition("-")[0]) + 1 + _CODE:
            # A model that left out or made up the letters of the spelling still means the name.
            name = self._spelled.get(told[:-_MORE].casefold())
        # What looked like a pseudonym in the text itself stands behind one of its own.
        return told if name is None else name

    def _pseudonym(self, name: str, kind: Kind) -> str:
        folded = name.casefold()
        code = self._code(f"{kind}\0{folded}", _CODE)
        while self._spelled.setdefault(f"{kind}-{code}", name).casefold() != folded:
            code = self._code(f"{kind}\0{folded}\0{code}", _CODE)  # two names of one code
        plain = f"{kind}-{code}"
        if name == name.lower() == folded:
            told = plain
        elif name == name.upper() and name.lower() == folded:
            told = plain.upper()
        else:
            told = plain + self._code(f"spelling\0{name}", _MORE)
        self._real[told] = name
        return told

    def _code(self, text: str, length: int) -> str:
        digest = hmac.digest(self._key, text.encode("utf-8", "surrogatepass"), hashlib.sha256)
        letters = base64.b32encode(digest).decode().lower()
        if length == _MORE:
            return letters[:_MORE]
        return f"{2 + digest[-1] % 6}{letters[: length - 1]}"

    def _spaced_names(self) -> re.Pattern[str]:
        if self._spaced_pattern is None:
            longest_first = sorted(self._spaced, key=len, reverse=True)
            names = "|".join(map(re.escape, longest_first))
            self._spaced_pattern = re.compile(rf"(?<!\w)(?:{names})(?!\w)", re.IGNORECASE)
        return self._spaced_pattern

    # A part of what these find may be replaced already: a pseudonym stands for the whole text.

    def _hidden_spaced(self, found: re.Match[str]) -> str:
        kind = self._spaced.get(found[0].casefold(), Kind.VALUE)
        return self._pseudonym(self.restore(found[0]), kind)

    def _hidden_mail(self, found: re.Match[str]) -> str:
        name, domain = found[1], found[2]
        ours = self._known.get(domain.casefold()) is Kind.DOMAIN
        known = name.casefold() in self._known
        if not (self._mail or ours or known) or is_common(name.casefold()) or _is_ours(name):
            return found[0]
        kind = self._known.get(name.casefold(), Kind.USER)
        return f"{self._pseudonym(self.restore(name), kind)}@{domain}"

    def _hidden_address(self, found: re.Match[str]) -> str:
        return self._pseudonym(found[0], Kind.ADDRESS) if is_internal(found[0]) else found[0]

    def _hidden_run(self, found: re.Match[str]) -> str:
        """A run of letters with dots and hyphens: the whole, else its longest parts that are known.

        So `srv` in `srv-db.contoso.local` is left alone where `srv-db` is a host.
        """
        run = found[0]
        folded = run.casefold()
        if ours := _SHAPE.search(run):
            before = _RUN.sub(self._hidden_run, run[: ours.start()])
            behind = _RUN.sub(self._hidden_run, run[ours.end() :])
            return f"{before}{ours[0]}{behind}"
        behind_domain = found.start() > 0 and found.string[found.start() - 1] == "\\"
        if folded in self._known and (len(run) >= SHORTEST or behind_domain):
            return self._pseudonym(run, self._known[folded])
        pieces = _PIECE.findall(run)
        if len(pieces) == 1:
            return run
        return "".join(self._hidden_pieces(pieces))

    def _hidden_pieces(self, pieces: list[str]) -> Iterable[str]:
        at, count = 0, len(pieces)
        while at < count:
            for end in range(min(count, at + _MOST_PIECES), at, -1):
                part = "".join(pieces[at:end])
                if len(part) >= SHORTEST and (kind := self._known.get(part.casefold())):
                    yield self._pseudonym(part, kind)
                    break
            else:
                yield pieces[at]
                end = at + 1
            at = end


def is_internal(text: str) -> bool:
    """Whether it is an address of a network of one's own."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return any(address in network for network in _INTERNAL if network.version == address.version)


def is_common(folded: str) -> bool:
    """Whether a name, case-folded, is one that every machine has."""
    return _TELLING_NOTHING.fullmatch(folded) is not None


def _is_ours(text: str) -> bool:
    return _SHAPE.fullmatch(text) is not None
