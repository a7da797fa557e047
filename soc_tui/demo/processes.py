"""Every process of the week in one columnar table; other tables take their initiators from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields

import numpy as np
from numpy.typing import NDArray

from soc_tui.demo.clock import PATCH_TIME, Ints, Texts, from_calendar
from soc_tui.demo.company import accounts, hosts
from soc_tui.demo.images import MICROSOFT, image_index, images

INTEGRITY = ("System", "High", "Medium", "Low", "")
SYSTEM_LEVEL, HIGH, MEDIUM, LOW, NO_LEVEL = range(5)
SYSTEM_LOGON_ID = 999  # 0x3e7, the logon session of LocalSystem


def _empty() -> Ints:
    return np.zeros(0, dtype=np.int64)


def _no_text() -> Texts:
    return np.zeros(0, dtype=object)


@dataclass(slots=True)
class Processes:
    """Columns of equal length; a row's index is what `parent` of its children holds.

    Attributes:
        host, account, image: Indexes into company.hosts(), company.accounts(), images.images().
        created, ended: Microseconds before the end of the week (negative).
        parent: Index of the parent process in the same table; a root is its own parent.
        logon: Id of the logon session.
        integrity: Index into INTEGRITY.
    """

    host: Ints = field(default_factory=_empty)
    account: Ints = field(default_factory=_empty)
    image: Ints = field(default_factory=_empty)
    pid: Ints = field(default_factory=_empty)
    created: Ints = field(default_factory=_empty)
    ended: Ints = field(default_factory=_empty)
    parent: Ints = field(default_factory=_empty)
    logon: Ints = field(default_factory=_empty)
    integrity: Ints = field(default_factory=_empty)
    line: Texts = field(default_factory=_no_text)

    def __len__(self) -> int:
        return len(self.host)

    def append(self, **columns: Ints | Texts) -> Ints:
        """Add rows (all columns, equal lengths); returns their indexes.

        `image` is given as its old version; processes made after the patch get the new one.
        """
        start, count = len(self), len(columns["host"])
        patched = columns["created"] > from_calendar(PATCH_TIME)
        columns["image"] = columns["image"] + patched.astype(np.int64)
        for column in fields(self):
            old = getattr(self, column.name)
            setattr(self, column.name, np.concatenate([old, columns[column.name]]))
        return np.arange(start, start + count)

    def first(self, count: int) -> Processes:
        """The first `count` rows as a table of their own."""
        return Processes(**{one.name: getattr(self, one.name)[:count] for one in fields(self)})

    def with_image(self, *keys: str) -> Ints:
        """Indexes of the processes of any version of these images."""
        wanted = [image_index(key) + version for key in keys for version in (0, 1)]
        return np.flatnonzero(np.isin(self.image, wanted))

    def latest(self, key: str, host: int, before: int) -> int:
        """Index of the youngest process of an image on a host that exists at time `before`."""
        found = self.with_image(key)
        found = found[
            (self.host[found] == host)
            & (self.created[found] <= before)
            & (self.ended[found] >= before)
        ]
        if not len(found):
            raise LookupError(f"no {key} runs on {hosts()[host].name} then")
        return int(found[np.argmax(self.created[found])])


def look_up(values: Sequence[object], codes: Ints) -> Texts:
    """`values[code]` for each code."""
    table = np.empty(len(values), dtype=object)
    table[:] = values
    return table[codes]


def _image_column(attribute: str, codes: Ints) -> Texts:
    return look_up([getattr(image, attribute) for image in images()], codes)


def _digests(algorithm: str, codes: Ints) -> Texts:
    return look_up([image.digest(algorithm) for image in images()], codes)


def account_column(attribute: str, codes: Ints) -> Texts:
    """One attribute of the accounts of these indexes."""
    return look_up([getattr(account, attribute) for account in accounts()], codes)


def host_column(attribute: str, codes: Ints) -> Texts:
    """One attribute of the hosts of these indexes."""
    return look_up([getattr(host, attribute) for host in hosts()], codes)


def paths(table: Processes, rows: Ints) -> Texts:
    """Full paths of the images of these processes."""
    names = [account.name for account in accounts()]
    pairs, inverse = np.unique(
        table.image[rows] * len(names) + table.account[rows], return_inverse=True
    )
    unique = [
        images()[pair // len(names)].path.replace("{user}", names[pair % len(names)])
        for pair in pairs
    ]
    return look_up(unique, inverse)


def _elevation(table: Processes, rows: Ints) -> Texts:
    kinds = ("TokenElevationTypeDefault", "TokenElevationTypeFull", "TokenElevationTypeLimited")
    codes = np.select([table.integrity[rows] == HIGH, table.integrity[rows] >= MEDIUM], [1, 2], 0)
    windows = host_column("windows", table.host[rows]).astype(bool)
    return np.where(windows, look_up(kinds, codes), "None")


def device_columns(table: Processes, rows: Ints) -> dict[str, Texts]:
    """DeviceId, DeviceName and MachineGroup of the processes' hosts."""
    return host_columns(table.host[rows])


def host_columns(codes: Ints) -> dict[str, Texts]:
    """DeviceId, DeviceName and MachineGroup of hosts."""
    groups = {"workstation": "Workstations", "linux": "Linux servers"}
    return {
        "DeviceId": host_column("device_id", codes),
        "DeviceName": host_column("name", codes),
        "MachineGroup": look_up([groups.get(h.kind, "Windows servers") for h in hosts()], codes),
    }


def initiating_columns(table: Processes, rows: Ints) -> dict[str, Ints | Texts]:
    """The InitiatingProcess... columns when these processes are the initiators."""
    image, account, parent = table.image[rows], table.account[rows], table.parent[rows]
    prefix = "InitiatingProcess"
    return {
        f"{prefix}AccountDomain": account_column("domain", account),
        f"{prefix}AccountName": account_column("name", account),
        f"{prefix}AccountSid": account_column("sid", account),
        f"{prefix}AccountUpn": account_column("upn", account),
        f"{prefix}AccountObjectId": account_column("object_id", account),
        f"{prefix}CommandLine": table.line[rows],
        f"{prefix}CreationTime": table.created[rows],
        f"{prefix}FileName": _image_column("name", image),
        f"{prefix}FileSize": _image_column("size", image),
        f"{prefix}FolderPath": paths(table, rows),
        f"{prefix}Id": table.pid[rows],
        f"{prefix}IntegrityLevel": look_up(INTEGRITY, table.integrity[rows]),
        f"{prefix}MD5": _digests("md5", image),
        f"{prefix}SHA1": _digests("sha1", image),
        f"{prefix}SHA256": _digests("sha256", image),
        f"{prefix}ParentCreationTime": table.created[parent],
        f"{prefix}ParentFileName": _image_column("name", table.image[parent]),
        f"{prefix}ParentId": table.pid[parent],
        f"{prefix}TokenElevation": _elevation(table, rows),
        **_version_columns(f"{prefix}VersionInfo", image),
    }


def _version_columns(prefix: str, image: Ints) -> dict[str, Ints | Texts]:
    names = _image_column("name", image)
    described = _image_column("company", image) != ""
    originals = np.where(described, names, "")
    internal = look_up(
        [one.name.rsplit(".", 1)[0] if one.company else "" for one in images()], image
    )
    return {
        f"{prefix}CompanyName": _image_column("company", image),
        f"{prefix}FileDescription": _image_column("description", image),
        f"{prefix}InternalFileName": internal,
        f"{prefix}OriginalFileName": originals,
        f"{prefix}ProductName": _image_column("product", image),
        f"{prefix}ProductVersion": _image_column("version", image),
    }


def process_rows(table: Processes) -> dict[str, Ints | Texts]:
    """DeviceProcessEvents: one row for each process made inside the week, except the roots."""
    rows = np.flatnonzero((table.created >= -7 * 86_400_000_000) & (table.created < 0))
    rows = rows[table.parent[rows] != rows]
    rows = rows[np.argsort(table.created[rows], kind="stable")]
    image, account = table.image[rows], table.account[rows]
    return {
        "TimeGenerated": table.created[rows],
        "ActionType": look_up(["ProcessCreated"], np.zeros(len(rows), dtype=np.int64)),
        **device_columns(table, rows),
        "AccountDomain": account_column("domain", account),
        "AccountName": account_column("name", account),
        "AccountSid": account_column("sid", account),
        "AccountUpn": account_column("upn", account),
        "AccountObjectId": account_column("object_id", account),
        "FileName": _image_column("name", image),
        "FolderPath": paths(table, rows),
        "FileSize": _image_column("size", image),
        "MD5": _digests("md5", image),
        "SHA1": _digests("sha1", image),
        "SHA256": _digests("sha256", image),
        "LogonId": table.logon[rows],
        "ProcessCommandLine": table.line[rows],
        "ProcessCreationTime": table.created[rows],
        "ProcessId": table.pid[rows],
        "ProcessIntegrityLevel": look_up(INTEGRITY, table.integrity[rows]),
        "ProcessTokenElevation": _elevation(table, rows),
        **_version_columns("ProcessVersionInfo", image),
        **initiating_columns(table, table.parent[rows]),
        **_signatures(table, table.parent[rows]),
    }


def _signatures(table: Processes, rows: Ints) -> dict[str, Ints | Texts]:
    """Columns on the initiator that only DeviceProcessEvents has."""
    company = _image_column("company", table.image[rows])
    kind = np.where(company == MICROSOFT, "OsVendor", "Unknown")
    return {
        "InitiatingProcessLogonId": table.logon[rows],
        "InitiatingProcessSignatureStatus": np.where(company != "", "Valid", "Unsigned").astype(
            object
        ),
        "InitiatingProcessSignerType": kind.astype(object),
    }


def new_pids(rng: np.random.Generator, count: int) -> NDArray[np.int64]:
    """Process ids as Windows gives them: multiples of four."""
    return 4 * rng.integers(200, 7000, count)
