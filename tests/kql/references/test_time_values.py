"""What constant time expressions are worth."""

import datetime as dt

import pytest

from soc_tui.kql.references.time_values import CONSTANT, Moment, Span, Value, evaluate
from soc_tui.kql.syntax import tree as t

KNOWN: dict[str, Value] = {"back": Span(24), "since": Moment(48.0), "n": 3.0, "odd": CONSTANT}


def worth(expression: str) -> Value:
    print_operator = t.descend(t.child(t.parse(f"print {expression}"), "Query") or None)
    while t.kind(print_operator) != "PrintOperator":
        print_operator = t.descend(t.children(print_operator)[0])
    return evaluate(t.children(print_operator)[0], KNOWN.get)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("now()", Moment(0.0)),
        ("now(-1d)", Moment(24.0)),
        ("ago(90m)", Moment(1.5)),
        ("ago(-1h)", Moment(-1.0)),
        ("ago(back)", Moment(24.0)),
        ("ago(back * 2 + 1h)", Moment(49.0)),
        ("ago(n * 1d)", Moment(72.0)),
        ("ago(7d / 7)", Moment(24.0)),
        ("(ago((1d)))", Moment(24.0)),
        ("now() - 7 * 1d", Moment(168.0)),
        ("since - 1d", Moment(72.0)),
        ("1d + since", Moment(24.0)),
        ("bin(ago(1d), 1h)", Moment(25.0)),
        ("startofday(now())", Moment(24.0)),
        ("startofmonth(ago(1d))", Moment(768.0)),
        ("endofday(ago(1d))", Moment(24.0)),
        ("startofday(now(), -7)", CONSTANT),
        ("datetime_add('day', -2, now())", Moment(48.0)),
        ("datetime_add('month', -1, now())", Moment(744.0)),
        ("datetime_add('eon', -1, now())", CONSTANT),
        ("datetime(2026-11-01)", Moment(at=dt.datetime(2026, 11, 1, tzinfo=dt.UTC))),
        (
            "datetime(2026-11-01T10:00:00+02:00) + 1h",
            Moment(at=dt.datetime(2026, 11, 1, 9, tzinfo=dt.UTC)),
        ),
        ("datetime(null)", Moment()),
        ("datetime(9999-12-31) + 400d", Moment()),
        ("2d", Span(48.0)),
        ("time(1.12:30:00)", Span(36.5)),
        ("timespan(2)", Span(48.0)),
        ("-1d", Span(-24.0)),
        ("long(5)", 5.0),
        ("odd - 1d", CONSTANT),
        ("ago(odd)", CONSTANT),
        ("todatetime('2026-11-01')", CONSTANT),
        ("iff(true, ago(1d), ago(2d))", CONSTANT),
        ("toscalar(T | count)", CONSTANT),
        ("Column", None),
        ("Column - 1d", None),
        ("ago(Column)", None),
        ("max_of(Column, ago(1d))", None),
        ("datetime_add('day', -1, Column)", None),
        ("ingestion_time()", None),
        ("someFunction(1d)", None),
        ("a.b", None),
    ],
)
def test_worth(expression: str, value: Value) -> None:
    found = worth(expression)
    if isinstance(value, Moment) and value.hours_back is not None:
        assert isinstance(found, Moment)
        assert found.hours_back == pytest.approx(value.hours_back)
    else:
        assert found == value
