"""Which columns hold an address, a host, an account, by their names. Pure."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import cache

from soc_tui.model.catalog import Column, KqlType, TableSpec


class Kind(StrEnum):
    """What a column holds. Each value is a regular expression of the names of such columns."""

    ADDRESS = r"(?:^|[a-z_])(?:IP|Ip)(?:[vV][46])?(?:Addr(?:ess(?:es)?)?)?s?(?:_s)?$"
    PORT = r"(?:^|[a-z_])Port(?:Number)?(?:_d)?$"
    HOST = (
        r"^(?:Computer|Machine|Device|Host|Dvc|DvcHostname|Src|Dst)$"
        r"|(?:Computer|Machine|Device|Dvc|Src|Dst|Host)(?:Host)?(?:[nN]ame)(?:_s)?$|Hostname$"
    )
    ACCOUNT = (
        r"(?:User(?:Principal)?Name|Username|Upn|UPN|Account(?:Display)?Name|UserDisplayName"
        r"|UserId|UserIdentityArn|ServicePrincipalName|Caller|Initiator|InitiatedBy)(?:_s)?$"
    )
    ADDRESS_ON_THE_WEB = r"(?:Url|URL|Uri|URI|UriStem|Fqdn|FQDN|Domain|DomainName|DnsQuery)(?:_s)?$"
    COUNTRY = r"Country(?:Code|Name)?(?:_s)?$|^Location$"
    TEXT = (
        r"(?:Name|Title|Description|Message|Operation|Activity|ActivityType|Subject|Path|Line"
        r"|ActionType|Reason|Query|Url|Software\w*|Rule\w*|SourceSystem|Details?)(?:_s)?$"
    )


_MOST = 8
_NUMBERS = (KqlType.INT, KqlType.LONG, KqlType.REAL)
# The other end of a connection comes first, as in the lists of known columns.
_FIRST = re.compile(r"^(?:Remote|Dest|Dst|Target|User|Account)")
_NEVER = re.compile(r"^(?:_|Tenant|Type$|MG$)")


def columns_of(kind: Kind, table: TableSpec) -> tuple[str, ...]:
    """The table's columns of that kind, the likeliest first, at most eight."""
    return _columns_of(kind, table.columns)


@cache
def _columns_of(kind: Kind, columns: tuple[Column, ...]) -> tuple[str, ...]:
    pattern = re.compile(kind)
    fit = [
        one.name
        for one in columns
        if pattern.search(one.name) and not _NEVER.match(one.name) and _may_be(kind, one.type)
    ]
    return tuple(sorted(fit, key=lambda name: not _FIRST.match(name))[:_MOST])


def _may_be(kind: Kind, of: KqlType) -> bool:
    return of in (KqlType.STRING, *_NUMBERS) if kind is Kind.PORT else of is KqlType.STRING
