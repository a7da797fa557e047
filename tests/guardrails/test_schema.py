"""How a workspace's tables differ from the catalog."""

from __future__ import annotations

from dataclasses import replace

from soc_tui.guardrails.schema import Difference, differences
from soc_tui.model.catalog import Catalog, Column, KqlType, TableSpec


def table(name: str, **columns: str) -> TableSpec:
    return TableSpec(name, tuple(Column(key, KqlType(kind)) for key, kind in columns.items()))


def one(catalog: TableSpec, workspace: TableSpec) -> Difference:
    (found,) = differences(
        Catalog({catalog.name: catalog}), {workspace.name: workspace.columns, "Other": ()}
    )
    return found


def test_the_same_columns_in_another_order_are_no_difference() -> None:
    found = one(table("T", A="string", B="int"), table("T", B="int", A="string"))
    assert found.none


def test_a_table_that_is_not_there() -> None:
    found = one(table("T", A="string"), table("t", A="string"))
    assert not found.there and not found.none


def test_missing_extra_and_other_types_are_each_named() -> None:
    found = one(
        table("T", A="string", B="int", C="dynamic"), table("T", B="long", C="dynamic", D="guid")
    )
    assert found.missing == ("A",)
    assert found.extra == (Column("D", KqlType.GUID),)
    assert found.other_types == (("B", KqlType.INT, KqlType.LONG),)


def test_columns_that_log_analytics_hides_are_not_missed() -> None:
    found = one(
        table("T", A="string", _BilledSize="real", _IsBillable="string"), table("T", A="string")
    )
    assert found.none


def test_a_denied_column_is_known_and_has_to_be_there() -> None:
    denying = replace(table("T", A="string"), denied=(Column("B", KqlType.INT),))
    assert one(denying, table("T", A="string", B="int")).none
    assert one(denying, table("T", A="string")).missing == ("B",)
