"""The built-in catalog, what a user makes of it, and its print that reads back."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soc_tui.guardrails.catalog import FILE_NAME, catalog_toml, load_catalog
from soc_tui.model.catalog import Catalog, Column, KqlType, TableSpec
from soc_tui.model.errors import ConfigError

BUILT_IN = load_catalog()
# Columns that Microsoft's page of each table lists, on the date that the table names.
DOCUMENTED = {
    "AADNonInteractiveUserSignInLogs": 86,
    "AlertEvidence": 44,
    "AlertInfo": 13,
    "AuditLogs": 31,
    "AzureActivity": 37,
    "CommonSecurityLog": 163,
    "DeviceEvents": 71,
    "DeviceFileEvents": 64,
    "DeviceLogonEvents": 55,
    "DeviceNetworkEvents": 51,
    "DeviceProcessEvents": 74,
    "DeviceRegistryEvents": 49,
    "EmailEvents": 55,
    "Heartbeat": 31,
    "IdentityLogonEvents": 33,
    "NTANetAnalytics": 93,
    "OfficeActivity": 143,
    "SecurityAlert": 35,
    "SecurityEvent": 228,
    "SecurityIncident": 33,
    "SigninLogs": 97,
    "Syslog": 17,
}
# Pages without TenantId, which every table has: azure-monitor/logs/log-standard-columns.
NO_TENANT_ID = {"AuditLogs", "Heartbeat", "SecurityAlert", "SigninLogs", "Syslog"}
OFTEN = sorted({*DOCUMENTED, "AzureNetworkAnalytics_CL"})
# Those that are asked for less often, by the same pages; where Defender and Azure Monitor document
# one table, the columns of both.
SELDOM = {
    "AADManagedIdentitySignInLogs": 47, "AADProvisioningLogs": 28, "AADRiskyServicePrincipals":
    18, "AADRiskyUsers": 17, "AADServicePrincipalRiskEvents": 28,
    "AADServicePrincipalSignInLogs": 46, "AADSignInEventsBeta": 48, "AADSpnSignInEventsBeta":
    20, "AADUserRiskEvents": 27, "ASimAlertEventLogs": 107, "ASimAuditEventLogs": 136,
    "ASimAuthenticationEventLogs": 141, "ASimDhcpEventLogs": 106, "ASimDnsActivityLogs": 147,
    "ASimFileEventLogs": 138, "ASimNetworkSessionLogs": 156, "ASimProcessEventLogs": 150,
    "ASimRegistryEventLogs": 93, "ASimUserManagementActivityLogs": 122, "ASimWebSessionLogs":
    160, "AWSCloudTrail": 55, "Anomalies": 38, "AzureDiagnostics": 178, "BehaviorAnalytics": 33,
    "BehaviorEntities": 42, "BehaviorInfo": 20, "CloudAppEvents": 41, "CloudAuditEvents": 26,
    "CloudProcessEvents": 30, "DeviceFileCertificateInfo": 24, "DeviceImageLoadEvents": 48,
    "DeviceInfo": 54, "DeviceNetworkInfo": 22, "DeviceTvmBrowserExtensions": 10,
    "DeviceTvmBrowserExtensionsKB": 11, "DeviceTvmCertificateInfo": 14,
    "DeviceTvmHardwareFirmware": 8, "DeviceTvmInfoGathering": 7, "DeviceTvmInfoGatheringKB": 5,
    "DeviceTvmSecureConfigurationAssessment": 18, "DeviceTvmSecureConfigurationAssessmentKB":
    19, "DeviceTvmSoftwareEvidenceBeta": 7, "DeviceTvmSoftwareInventory": 17,
    "DeviceTvmSoftwareVulnerabilities": 19, "DeviceTvmSoftwareVulnerabilitiesKB": 15,
    "DnsEvents": 27, "EmailAttachmentInfo": 21, "EmailPostDeliveryEvents": 19, "EmailUrlInfo":
    13, "EntraIdSignInEvents": 52, "EntraIdSpnSignInEvents": 28, "Event": 23,
    "ExposureGraphEdges": 11, "ExposureGraphNodes": 6, "GCPAuditLogs": 29,
    "GraphAPIAuditEvents": 25, "GraphApiAuditEvents": 25, "IdentityAccountInfo": 53,
    "IdentityDirectoryEvents": 28, "IdentityInfo": 74, "IdentityQueryEvents": 30,
    "IntuneAuditLogs": 13, "IntuneDevices": 49, "LAQueryLogs": 35,
    "MicrosoftAzureBastionAuditLogs": 25, "MicrosoftGraphActivityLogs": 35, "OAuthAppInfo": 21,
    "SentinelAudit": 16, "SentinelHealth": 17, "StorageBlobLogs": 55, "StorageFileLogs": 63,
    "ThreatIntelIndicators": 26, "ThreatIntelObjects": 16, "ThreatIntelligenceIndicator": 64,
    "UrlClickEvents": 20, "W3CIISLog": 45, "WindowsEvent": 26,
}  # fmt: skip
WITHOUT_TIME = {
    "DeviceTvmBrowserExtensions", "DeviceTvmBrowserExtensionsKB", "DeviceTvmCertificateInfo",
    "DeviceTvmHardwareFirmware", "DeviceTvmInfoGatheringKB", "DeviceTvmSoftwareEvidenceBeta",
    "ExposureGraphEdges", "ExposureGraphNodes",
}  # fmt: skip
ONLY_IN_DEFENDER = WITHOUT_TIME | {
    "AADSignInEventsBeta", "AADSpnSignInEventsBeta", "DeviceTvmInfoGathering",
    "EntraIdSignInEvents", "EntraIdSpnSignInEvents", "GraphAPIAuditEvents",
    "GraphApiAuditEvents",
}  # fmt: skip
TABLES = sorted({*OFTEN, *SELDOM})


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return tmp_path


def write(config: Path, text: str) -> Catalog:
    (config / FILE_NAME).write_text(text, encoding="utf-8")
    return load_catalog(config)


def spec(catalog: Catalog, name: str) -> TableSpec:
    found = catalog.table(name)
    assert found is not None
    return found


# -- built in --------------------------------------------------------------------------------------


def test_the_tables_of_the_main_job_the_thirteen_beside_them_and_those_asked_for_less_often() -> (
    None
):
    assert sorted(BUILT_IN.tables) == TABLES
    assert sorted(BUILT_IN.often.tables) == OFTEN == sorted(list(BUILT_IN.tables)[: len(OFTEN)])
    assert sorted(BUILT_IN.seldom.tables) == sorted(SELDOM)
    assert BUILT_IN.told.endswith(f", and {len(SELDOM)} more: see soc-tui config catalog")


def test_all_tables_of_a_small_workspace_are_often_asked_for() -> None:
    few = Catalog({name: BUILT_IN.tables[name] for name in list(SELDOM)[:30]})
    assert few.often == few
    assert not few.seldom.tables
    assert few.told == ", ".join(few.tables)


@pytest.mark.parametrize("name", sorted(DOCUMENTED))
def test_every_documented_column_is_there(name: str) -> None:
    assert len(spec(BUILT_IN, name).columns) == DOCUMENTED[name] + (name in NO_TENANT_ID)
    assert spec(BUILT_IN, name).column("TenantId") is not None


@pytest.mark.parametrize("name", sorted(SELDOM))
def test_every_documented_column_of_a_seldom_table_is_there(name: str) -> None:
    table = spec(BUILT_IN, name)
    assert len(table.columns) == SELDOM[name]
    assert (table.column("TenantId") is None) <= (name in ONLY_IN_DEFENDER)
    assert table.in_defender >= (name in ONLY_IN_DEFENDER)


@pytest.mark.parametrize("name", TABLES)
def test_each_table_can_be_planned_with_and_says_where_it_is_from(name: str) -> None:
    table = spec(BUILT_IN, name)
    place = "defender-xdr" if name in ONLY_IN_DEFENDER else "azure"
    assert table.source.startswith(f"https://learn.microsoft.com/{place}/")
    assert table.date is not None
    time = "Timestamp" if name in ONLY_IN_DEFENDER else "TimeGenerated"
    assert table.time_column == ("" if name in WITHOUT_TIME else time)
    assert table.default_fields[0] == table.time_column or name in WITHOUT_TIME
    assert (5 if name in ONLY_IN_DEFENDER else 6) <= len(table.default_fields) <= 25
    assert len(set(table.column_names)) == len(table.columns)
    assert 100 <= len(table.notes) <= 700


def test_types_that_queries_often_get_wrong() -> None:
    types = {
        ("SigninLogs", "ResultType"): KqlType.STRING,
        ("SigninLogs", "DeviceDetail"): KqlType.DYNAMIC,
        ("AADNonInteractiveUserSignInLogs", "DeviceDetail"): KqlType.STRING,
        ("SecurityEvent", "EventID"): KqlType.INT,
        ("SecurityEvent", "LogonType"): KqlType.INT,
        ("AuditLogs", "InitiatedBy"): KqlType.DYNAMIC,
        ("IdentityLogonEvents", "Port"): KqlType.STRING,
        ("CommonSecurityLog", "SentBytes"): KqlType.LONG,
        ("CommonSecurityLog", "DeviceCustomDate1"): KqlType.STRING,
        ("MicrosoftGraphActivityLogs", "ResponseStatusCode"): KqlType.INT,
        ("GraphApiAuditEvents", "ResponseStatusCode"): KqlType.STRING,
        ("AADSignInEventsBeta", "ErrorCode"): KqlType.INT,
        ("AADServicePrincipalSignInLogs", "ResultType"): KqlType.STRING,
        ("CloudAppEvents", "RawEventData"): KqlType.DYNAMIC,
        ("DeviceTvmSoftwareVulnerabilitiesKB", "IsExploitAvailable"): KqlType.BOOL,
        ("AWSCloudTrail", "RequestParameters"): KqlType.STRING,
        ("W3CIISLog", "scStatus"): KqlType.STRING,
    }
    for (table, name), kind in types.items():
        column = spec(BUILT_IN, table).column(name)
        assert column is not None and column.type is kind, (table, name)


# -- a user's file ---------------------------------------------------------------------------------


def test_a_table_is_added_beside_the_built_in_ones(config: Path) -> None:
    catalog = write(
        config,
        "[tables.Proxy_CL]\nnotes = 'Our proxy.'\n"
        "[tables.Proxy_CL.columns]\nTimeGenerated = 'datetime'\nUrl_s = 'string'\n",
    )
    assert set(catalog.tables) == {*TABLES, "Proxy_CL"}
    assert spec(catalog, "Proxy_CL").column_names == ("TimeGenerated", "Url_s")


def test_columns_and_notes_change_a_built_in_table_and_nothing_else_of_it(config: Path) -> None:
    catalog = write(
        config,
        "[tables.SigninLogs]\nnotes = 'Ours.'\ndate = 2026-11-25\n"
        "[tables.SigninLogs.columns]\nRisk_s = 'string'\nIdentity = 'dynamic'\n",
    )
    before, after = spec(BUILT_IN, "SigninLogs"), spec(catalog, "SigninLogs")
    assert after.column_names == (*before.column_names, "Risk_s")
    assert after.column("Identity") == Column("Identity", KqlType.DYNAMIC)
    assert (after.notes, str(after.date)) == ("Ours.", "2026-11-25")
    assert after.default_fields == before.default_fields
    assert after.user_column == before.user_column


def test_allow_and_deny_narrow_the_tables(config: Path) -> None:
    assert list(write(config, 'allow = ["Syslog"]').tables) == ["Syslog"]
    denied = write(config, 'deny = ["Syslog", "OfficeActivity"]')
    assert set(denied.tables) == {*TABLES} - {"Syslog", "OfficeActivity"}
    both = write(config, 'allow = ["Syslog", "Heartbeat"]\ndeny = ["Syslog"]')
    assert list(both.tables) == ["Heartbeat"]


def test_denied_columns_are_gone_also_from_fields_and_roles(config: Path) -> None:
    catalog = write(
        config, "[tables.SigninLogs]\ndeny_columns = ['UserPrincipalName', 'UserDisplayName']\n"
    )
    table = spec(catalog, "SigninLogs")
    assert table.column("UserPrincipalName") is None
    assert "UserPrincipalName" not in table.default_fields
    assert table.user_column == ""
    assert len(table.columns) == len(spec(BUILT_IN, "SigninLogs").columns) - 2


def test_only_allowed_columns_are_left(config: Path) -> None:
    text = "[tables.Syslog]\nallow_columns = ['TimeGenerated', 'SyslogMessage']\n"
    assert spec(write(config, text), "Syslog").column_names == ("TimeGenerated", "SyslogMessage")


def test_replace_drops_what_is_built_in(config: Path) -> None:
    columns = "[tables.Syslog.columns]\nTimeGenerated = 'datetime'\n"
    one = write(config, f"[tables.Syslog]\nreplace = true\n{columns}")
    assert spec(one, "Syslog") == TableSpec("Syslog", one.tables["Syslog"].columns)
    assert len(one.tables["Syslog"].columns) == 1
    assert len(one.tables) == len(TABLES)
    assert list(write(config, f"replace = true\n{columns}").tables) == ["Syslog"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("tables = 3", "tables: must be a table"),
        ("nonsense = 1", "nonsense: unknown setting"),
        ("allow = ['signinlogs']", "allow: there is no table 'signinlogs'.*Its name is SigninLogs"),
        ("deny = 'Syslog'", "deny: must be a list"),
        ("[tables.syslog]\nnotes = 'x'", "there is no table 'syslog'. Its name is Syslog"),
        ("[tables.New]\nnotes = 'x'", "tables.New.columns: no column is named"),
        ("[tables.New.columns]\nA = 'string'", "time_column: the table has no column"),
        ("[tables.New.columns]\nTimeGenerated = 'string'", "is not a datetime column"),
        ("[tables.Syslog.columns]\nA = 'text'", "'text' is not a KQL type"),
        ("[tables.Syslog.columns]\n'a b' = 'string'", "not a valid KQL name"),
        ("[tables.'a;b'.columns]\nA = 'string'", "not a valid KQL name"),
        ("[tables.Syslog]\ndeny_columns = ['computer']", "Its name is Computer"),
        ("[tables.Syslog]\ndeny_columns = ['TimeGenerated']", "bounds the time"),
        ("[tables.Syslog]\nallow_columns = ['Computer']", "bounds the time"),
        ("[tables.Syslog]\nuser_column = 'Nobody'", "user_column: the table has no column"),
        ("[tables.Syslog]\ndate = 2026-11-25T10:00:00Z", "date: must be a date"),
        ("[tables.Syslog]\nreplace = 'yes'", "replace: must be true or false"),
        ("[tables", "is not valid TOML"),
    ],
)
def test_what_cannot_be_used_is_named_with_file_and_place(
    config: Path, text: str, said: str
) -> None:
    with pytest.raises(ConfigError, match=said) as error:
        write(config, text)
    assert str(config / FILE_NAME) in str(error.value)


# -- printed and read back -------------------------------------------------------------------------


def test_the_whole_catalog_reads_back_as_it_was(config: Path) -> None:
    assert write(config, catalog_toml(BUILT_IN.tables.values())) == BUILT_IN


def test_a_narrowed_and_extended_catalog_reads_back_as_it_was(config: Path) -> None:
    catalog = write(
        config,
        'deny = ["Heartbeat"]\n[tables.Syslog]\ndeny_columns = ["HostIP"]\n'
        "[tables.Syslog.columns]\nOurs_s = 'string'\n",
    )
    assert write(config, catalog_toml(catalog.tables.values())) == catalog


def test_one_table_reads_back_into_its_place(config: Path) -> None:
    smaller = TableSpec("Syslog", (Column("TimeGenerated", KqlType.DATETIME),), notes="Less.")
    catalog = write(config, catalog_toml([smaller], whole=False))
    assert catalog.tables == {**BUILT_IN.tables, "Syslog": smaller}


names = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,12}", fullmatch=True)


@st.composite
def specs(draw: st.DrawFn) -> TableSpec:
    columns = draw(st.dictionaries(names, st.sampled_from(KqlType), min_size=1, max_size=6))
    times = [name for name, kind in columns.items() if kind is KqlType.DATETIME]
    role = st.sampled_from(["", *columns])
    return TableSpec(
        draw(names),
        tuple(Column(name, kind) for name, kind in columns.items()),
        time_column=draw(st.sampled_from(["", *times])),
        default_fields=tuple(draw(st.lists(st.sampled_from(list(columns)), max_size=4))),
        device_column=draw(role),
        user_column=draw(role),
        caller_column=draw(role),
        notes=draw(st.text(max_size=80)),
        source=draw(st.text(max_size=20)),
        date=draw(st.none() | st.dates()),
    )


@settings(deadline=None, max_examples=60)
@given(tables=st.lists(specs(), max_size=3, unique_by=lambda table: table.name))
def test_any_catalog_reads_back_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, tables: list[TableSpec]
) -> None:
    folder = tmp_path_factory.mktemp("config")
    (folder / FILE_NAME).write_bytes(catalog_toml(tables).encode())
    assert load_catalog(folder) == Catalog({table.name: table for table in tables})
