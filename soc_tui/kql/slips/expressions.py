"""Slips in expressions, found while their types are told.

Types are told as far as the text tells them; what is not told, or is dynamic, is no slip.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from soc_tui.kql.columns.schema import Schema, Type
from soc_tui.kql.references.bindings import Scope, What
from soc_tui.kql.references.time_values import Moment, Span
from soc_tui.kql.slips.signatures import NAMES, NUMBERS, forms
from soc_tui.kql.syntax import tree as t
from soc_tui.kql.syntax.grammar import called_name
from soc_tui.kql.syntax.tree import Node
from soc_tui.kql.syntax.vocabulary import AGGREGATE_FUNCTIONS, SCALAR_FUNCTIONS
from soc_tui.model.catalog import KqlType
from soc_tui.model.verdict import Place

AGGREGATES = AGGREGATE_FUNCTIONS - SCALAR_FUNCTIONS
_TEXTS = frozenset({KqlType.STRING, KqlType.DYNAMIC, None})
LITERALS = {
    "BooleanLiteralExpression": KqlType.BOOL,
    "DateTimeLiteralExpression": KqlType.DATETIME,
    "DecimalLiteralExpression": KqlType.DECIMAL,
    "GuidLiteralExpression": KqlType.GUID,
    "IntLiteralExpression": KqlType.INT,
    "LongLiteralExpression": KqlType.LONG,
    "RealLiteralExpression": KqlType.REAL,
    "StringLiteralExpression": KqlType.STRING,
    "TimeSpanLiteralExpression": KqlType.TIMESPAN,
    "DynamicLiteralExpression": KqlType.DYNAMIC,
}
"""The type of each literal, by the grammar's rule."""


@dataclass(frozen=True, slots=True)
class Slip:
    """What the service will reject, where, and what to do about it."""

    message: str
    place: Place
    hint: str = ""


@dataclass(slots=True)
class Expressions:
    """Tells the types of expressions on rows with these columns, and notes the slips in them.

    Attributes:
        aggregates: Aggregates may stand there.
        terms: A text or number that stands by itself is looked for, as in `search`.
    """

    row: Schema
    scope: Scope
    slips: list[Slip] = field(default_factory=list)
    aggregates: bool = False
    terms: bool = False

    def slip(self, message: str, node: Node, hint: str = "") -> None:
        """Note a slip at a node."""
        self.slips.append(Slip(message, t.place(node), hint))

    def type_of(self, node: Node) -> Type:
        """The type of an expression; None where it is not told."""
        node = t.strip(node)
        what = t.kind(node)
        if what in LITERALS:
            return LITERALS[what]
        if what in t.NAMES:
            if t.text(node) in {"$left", "$right"}:
                self.slip(f"{t.text(node)} stands behind the on of a join only", node)
            return self._name(t.name(node))
        if t.is_pipe(node) or what.endswith("Operator") or what == "ToScalarExpression":
            return None  # a query of its own
        if what in _TOLD:
            return _TOLD[what](self, node)
        for below in t.children(node):
            self.type_of(below)
        return None

    def truth(self, node: Node, where: str) -> None:
        """An expression that has to be true or false."""
        inner = t.strip(node)
        if t.kind(inner) == "NamedExpression" and where == "where":
            if self.type_of(inner.Expression) in {None, KqlType.BOOL, KqlType.DYNAMIC}:
                return
            self.slip("where compares with ==; = gives a name", inner, "Write ==.")
            return
        kind = self.type_of(node)
        if self.terms:
            return
        if kind is KqlType.DYNAMIC and where == "where":
            self.slip("where needs true or false, and this is dynamic", inner, "Use tobool().")
        elif kind not in {None, KqlType.BOOL, KqlType.DYNAMIC}:
            self.slip(f"{where} needs true or false, and this is {NAMES[kind]}", inner)

    def _name(self, name: str) -> Type:
        if name in self.row.names:
            return self.row.names[name]
        known = self.scope.get(name)
        if known is None or known.what is not What.SCALAR or self.row.open:
            return None
        if known.text is not None:
            return KqlType.STRING
        if isinstance(known.value, Moment):
            return KqlType.DATETIME
        return KqlType.TIMESPAN if isinstance(known.value, Span) else None

    def _call(self, node: Node) -> Type:
        called = called_name(node)
        _, *arguments = t.children(node)
        if called in AGGREGATES and called not in self.scope and not self.aggregates:
            self.slip(f"{called}() works on groups of rows", node.Name, "Use it in summarize.")
        # Aggregates do not stand inside one another, but scalar functions may stand around them.
        types = [self.type_of(argument) for argument in arguments]
        if called in self.scope or called not in forms():
            return None
        stars = ["Star" in t.kind(t.strip(one)) for one in arguments]
        if any(stars):
            if stars[0] and called in {"arg_max", "arg_min"}:
                message = (
                    f"{called}() begins with what is largest or smallest, and * is all columns"
                )
                self.slip(message, arguments[0], f"Write {called}(TimeGenerated, *).")
            return None
        if called == "case" and len(arguments) % 2 == 0:
            self.slip("case() ends with what holds in all other cases", node, "Add it.")
            return None
        fitting = [form for form in forms()[called] if form.counts(len(arguments))]
        if not fitting:
            self.slip(f"{called}() takes {_counts(called)}, and has {len(arguments)}", node)
            return None
        if called in _OF_ONE_TYPE and KqlType.STRING in types and NUMBERS & set(types):
            at = next(index for index, kind in enumerate(types) if kind is not types[0])
            hint = "Use tostring() or tolong()."
            self.slip(f"{called}() takes values of one type", arguments[at], hint)
        wrong = [form.wrong(types) for form in fitting]
        if None in wrong:
            return fitting[wrong.index(None)].gives(types)
        at = max(index for index in wrong if index is not None)
        kind = types[at]
        if kind is not None:
            self.slip(f"{called}() does not take {NAMES[kind]} there", arguments[at])
        return fitting[0].gives(types)

    def _count(self, node: Node) -> Type:
        if not self.aggregates:
            self.slip("count() works on groups of rows", node, "Use it in summarize.")
        if node.Expression is not None:
            kind = self.type_of(node.Expression)
            if kind not in {None, KqlType.BOOL}:
                self.slip(
                    "count() counts rows and takes no values", node, "Use dcount() or countif()."
                )
        return KqlType.LONG

    def _logical(self, node: Node) -> Type:
        word = "and" if "And" in t.kind(node) else "or"
        for below in t.children(node):
            is_operation = t.kind(below).endswith("Operation")
            self.truth(below.Right if is_operation else below, word)
        return KqlType.BOOL

    def _relational(self, node: Node) -> Type:
        self._ordered(self.type_of(node.Left), self.type_of(node.Right), node)
        self._no_table(node.Left)
        self._no_table(node.Right)
        return KqlType.BOOL

    def _no_table(self, node: Node) -> None:
        """A name of the query's own that stands for rows where one value is compared."""
        inner = t.strip(node)
        name = t.name(inner) if t.kind(inner) in t.NAMES else ""
        known = self.scope.get(name)
        is_table = known is not None and known.what is What.TABLE
        if is_table and not self.row.has(name):
            message = f"{name} is a table, and one value is compared here"
            self.slip(message, inner, f"Write in ({name}), or toscalar({name}).")

    def _equality(self, node: Node) -> Type:
        left, tail = self.type_of(node.Left), t.descend(node.Tail)
        what = t.kind(tail)
        values = [self.type_of(below) for below in t.children(tail)]
        if what == "BetweenEqualityExpression":
            first, *last = values
            told = len(self.slips)
            self._ordered(left, first, node)
            for kind in last:
                is_length = left is KqlType.DATETIME and kind is KqlType.TIMESPAN
                if not is_length and len(self.slips) == told:
                    self._ordered(left, kind, node)
            return KqlType.BOOL
        word = next((below.getText() for below in tail.children or ()), "")
        if word.startswith(("has", "!has")) or word.endswith("in~"):
            self._text(left, word, node)
        elif len(values) == 1 or what == "EqualsEqualityExpression":
            for kind in values:
                self._compared(left, kind, node)
            if what == "EqualsEqualityExpression":
                for side in (node.Left, *t.children(tail)):
                    self._no_table(side)
        else:
            kind = next((one for one in values if unlike(left, one)), None)
            self._compared(left, kind, node)
        return KqlType.BOOL

    def _strings(self, node: Node) -> Type:
        left, operation = t.children(node)[:2]
        operator, *right = t.children(operation)
        self._text(self.type_of(left), t.text(operator), node)
        for one in right:
            self._text(self.type_of(one), t.text(operator), node)
        return KqlType.BOOL

    def _text(self, kind: Type, word: str, node: Node) -> None:
        if kind not in _TEXTS and kind is not None:
            self.slip(f"{word} works on text, and this is {NAMES[kind]}", node, "Use tostring().")

    def _compared(self, left: Type, right: Type, node: Node) -> None:
        if not unlike(left, right) or left is None or right is None:
            return
        hint = _HINTS.get(frozenset({left, right}), "")
        self.slip(f"{NAMES[left].capitalize()} is compared with {NAMES[right]}", node, hint)

    def _ordered(self, left: Type, right: Type, node: Node) -> None:
        """Values that are compared by <, > and their like, which turn none into another type."""
        both = {left, right}
        is_mixed = KqlType.STRING in both and bool(both & NUMBERS)
        is_untyped = KqlType.DYNAMIC in both and bool(both & _UNORDERED.keys())
        if left is None or right is None or not (is_mixed or is_untyped):
            self._compared(left, right, node)
            return
        typed = left if right is KqlType.DYNAMIC else right
        hint = "Use tolong() or todouble()." if is_mixed else _UNORDERED[typed]
        self.slip(f"{NAMES[left].capitalize()} is compared with {NAMES[right]}", node, hint)

    def _arithmetic(self, node: Node) -> Type:
        first, *operations = t.children(node)
        types = [self.type_of(first), *(self.type_of(one.Right) for one in operations)]
        if KqlType.STRING in types:
            at = types.index(KqlType.STRING)
            self.slip("Text cannot be computed with", [first, *operations][at], "Use strcat().")
        if KqlType.DATETIME in types and set(types) & NUMBERS:
            at = types.index(KqlType.DATETIME)
            message = "A time cannot be computed with numbers"
            self.slip(message, [first, *operations][at], "Use a timespan, as 1d.")
        if KqlType.DATETIME in types or None in types or KqlType.STRING in types:
            # A time less a time is a length; a time and a length are a time.
            is_time = types.count(KqlType.DATETIME) == 1 and set(types) <= _TIMES
            return KqlType.DATETIME if is_time else None
        if set(types) <= NUMBERS:
            return KqlType.REAL if KqlType.REAL in types else KqlType.LONG
        is_sum = "Additive" in t.kind(node)
        signs = {t.text(one)[0] for one in operations}
        if not is_sum and signs == {"*"} and types.count(KqlType.TIMESPAN) == 1:
            return KqlType.TIMESPAN
        if is_sum and KqlType.TIMESPAN in types and set(types) & NUMBERS:
            at = types.index(KqlType.TIMESPAN)
            message = "A length of time and a number are not summed"
            self.slip(message, [first, *operations][at], "Use a timespan, as 1d.")
        return types[0] if len(set(types)) == 1 and is_sum else None

    def _signed(self, node: Node) -> Type:
        kind = self.type_of(node.Expression)
        if kind is KqlType.STRING:
            self.slip("Text cannot be computed with", node, "Use tolong() or todouble().")
        return kind

    def _path(self, node: Node) -> Type:
        root, *steps = t.children(node)
        kind = self.type_of(root)
        for step in steps:
            if t.kind(t.descend(step)) != "FunctionCallOrPathPathOperation":
                for below in t.children(step):
                    self.type_of(below)
        if kind is not None and kind is not KqlType.DYNAMIC:
            self.slip(f"Parts are taken of {NAMES[kind]}", node, "Use parse_json() first.")
        return KqlType.DYNAMIC

    def _named(self, node: Node) -> Type:
        return self.type_of(node.Expression)


def unlike(left: Type, right: Type) -> bool:
    """Whether values of two types are never compared."""
    if left is None or right is None or left is right or KqlType.DYNAMIC in {left, right}:
        return False
    if left in NUMBERS and right in NUMBERS:
        return False
    # The service turns a text into a number and the other way round, where they are compared.
    if {left, right} <= NUMBERS | {KqlType.STRING}:
        return False
    return not ({left, right} & {KqlType.GUID, KqlType.BOOL})


def _counts(called: str) -> str:
    counts = [(form.least, form.most) for form in forms()[called]]
    least = min(low for low, _ in counts)
    most = None if any(high is None for _, high in counts) else max(high or 0 for _, high in counts)
    if most is None:
        return f"{least} or more arguments"
    if least == most:
        return f"{least} argument{'' if least == 1 else 's'}"
    return f"{least} to {most} arguments"


_OF_ONE_TYPE = frozenset({"coalesce", "max_of", "min_of"})
_TIMES = frozenset({KqlType.DATETIME, KqlType.TIMESPAN})
_HINTS = {
    frozenset({KqlType.DATETIME, KqlType.STRING}): "Write datetime(…).",
    frozenset({KqlType.DATETIME, KqlType.TIMESPAN}): "Write ago(…) or now() - ….",
}
_UNORDERED = {
    KqlType.DATETIME: "Use todatetime().",
    KqlType.STRING: "Use tostring().",
    KqlType.TIMESPAN: "Use totimespan().",
}
"""What a dynamic value is not compared with by < and >, and how it is made one."""
_TOLD: Mapping[str, Callable[[Expressions, Node], Type]] = {
    "AdditiveExpression": Expressions._arithmetic,
    "CountExpression": Expressions._count,
    "EqualityExpression": Expressions._equality,
    "FunctionCallOrPathPathExpression": Expressions._path,
    "InvocationExpression": Expressions._signed,
    "LogicalAndExpression": Expressions._logical,
    "LogicalOrExpression": Expressions._logical,
    "MultiplicativeExpression": Expressions._arithmetic,
    "NamedExpression": Expressions._named,
    "NamedFunctionCallExpression": Expressions._call,
    "RelationalExpression": Expressions._relational,
    "StringBinaryOperatorExpression": Expressions._strings,
}
