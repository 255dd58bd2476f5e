"""Expressions in templates: read as data, held against a closed list, and worked out without ``eval``.

An expression has a kind (``text``, ``amount``, ``payment`` …) that is known before it is ever used. Only what
:data:`~.shown.SCHEMA` lists can be reached from an object, and only what keeps results small can be calculated.
"""

import ast
import operator
import re

from . import shown

MAX_LENGTH = 1000
MAX_NODES = 150
MAX_NUMBER = 10**9
MAX_RANGE = 200
#: Only these in the pattern of a date: ``%999999999d`` would fill the memory.
DATE_PATTERN = re.compile(r"(?:[^%\x00-\x1f]|%[dmyYHMSBbAaj%]){0,40}")

SCALARS = {shown.TEXT, shown.INT, shown.AMOUNT, shown.DATE, shown.DATETIME, shown.BOOL, shown.NONE}
NUMBERS = {shown.INT, shown.AMOUNT}
DAYS = {shown.DATE, shown.DATETIME}
RANGE, ANY, GROUPS = "range", "any", "groups of payments"
MAX_GROUP = 200
#: {function: (kinds of each argument, how many of them are needed, kind of the result)}
PATTERN = "date pattern"
FUNCTIONS = {
    "format_amount": ((NUMBERS, {shown.TEXT}), 1, shown.TEXT),
    "format_date": ((DAYS | {shown.NONE}, {PATTERN}), 1, shown.TEXT),
    "format_datetime": ((DAYS | {shown.NONE}, {PATTERN}), 1, shown.TEXT),
    "timestamp": ((DAYS | {shown.NONE},), 1, shown.INT),
    "len": (({shown.PAYMENTS},), 1, shown.INT),
    "sum_amounts": (({shown.PAYMENTS},), 1, shown.AMOUNT),
    "in_groups": (({shown.PAYMENTS}, {shown.INT}), 2, GROUPS),
    "range": (({shown.INT}, {shown.INT}, {shown.INT}), 1, RANGE),
}
COMPARES = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
}
CALCULATES = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}


class ExpressionError(ValueError):
    """What is wrong with an expression, for the person who wrote it."""


class Expression:
    """A checked expression.

    :param str source: Python, of which little is allowed
    :param dict names: {name: kind} that it may use
    :param code_names: names of the codes there are; None when not known
    :raise ExpressionError: saying what is wrong
    """

    def __init__(self, source, names, code_names=None):
        self.source = source
        self.code_names = code_names
        self.names = names
        self.used = set()
        self.node = self._parse()
        self.kind = self._kind(self.node)

    def _parse(self):
        source = self.source.strip()
        if not source:
            raise ExpressionError("An expression is missing.")
        if len(source) > MAX_LENGTH:
            raise ExpressionError(f"The expression is longer than {MAX_LENGTH} characters.")
        if not source.isprintable():
            raise ExpressionError("The expression holds line breaks or characters that cannot be seen.")
        try:
            # In brackets, because QWeb reads it so: what is checked and what runs must be the same.
            node = ast.parse(f"({source})", mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            raise ExpressionError(f"“{_short(source)}” is no expression that can be read.") from None
        if sum(1 for _each in ast.walk(node)) > MAX_NODES:
            raise ExpressionError(f"“{_short(source)}” is too long-winded: use t-set for parts of it.")
        return node

    # ---- Kinds --------------------------------------------------------------------------------------------------
    def _kind(self, node):
        handler = getattr(self, f"_kind_{type(node).__name__.lower()}", None)
        if handler is None:
            raise ExpressionError(f"“{_short(ast.unparse(node))}”: this cannot be used in a template.")
        return handler(node)

    def _kind_constant(self, node):
        value = node.value
        if value is None:
            return shown.NONE
        if isinstance(value, bool):
            return shown.BOOL
        if isinstance(value, int) and abs(value) <= MAX_NUMBER:
            return shown.INT
        if isinstance(value, str) and (value.isprintable() or not value):
            return shown.TEXT
        raise ExpressionError(f"“{_short(ast.unparse(node))}”: only texts and whole numbers can be used.")

    def _kind_name(self, node):
        if node.id not in self.names:
            known = ", ".join(sorted(self.names))
            raise ExpressionError(f"“{_short(node.id)}” is not known here. Known are: {known}.")
        self.used.add(node.id)
        return self.names[node.id]

    def _kind_attribute(self, node):
        kind = self._kind(node.value)
        known = shown.SCHEMA.get(kind)
        if known is None:
            raise ExpressionError(f"“{_short(ast.unparse(node))}”: a {kind} has no attributes.")
        if node.attr not in known:
            raise ExpressionError(
                f"“{_short(node.attr)}” is not shown of a {kind}."
                + (f" Shown are: {', '.join(known)}." if known else " Use get_by_name('…').")
            )
        return known[node.attr]

    def _kind_call(self, node):
        if node.keywords:
            raise ExpressionError("Arguments cannot be named: write their values only.")
        if isinstance(node.func, ast.Attribute):
            return self._kind_of_code(node)
        if not isinstance(node.func, ast.Name) or node.func.id not in FUNCTIONS:
            raise ExpressionError(
                f"“{_short(ast.unparse(node.func))}” cannot be called. These can: {', '.join(FUNCTIONS)}."
            )
        kinds, needed, result = FUNCTIONS[node.func.id]
        if not needed <= len(node.args) <= len(kinds):
            raise ExpressionError(f"{node.func.id} takes {needed} to {len(kinds)} values.")
        for argument, allowed in zip(node.args, kinds, strict=False):
            self._check_argument(node.func.id, argument, allowed)
        if result == RANGE:
            _range_of(node)
        if result == GROUPS and not 0 < (_number(node.args[1]) or 0) <= MAX_GROUP:
            raise ExpressionError(f"in_groups takes a number that stands there, 1 to {MAX_GROUP}.")
        return result

    def _check_argument(self, function, argument, allowed):
        if PATTERN in allowed:
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                if DATE_PATTERN.fullmatch(argument.value):
                    return
            raise ExpressionError(
                f"{function} takes a pattern like '%d.%m.%Y', of %d %m %y %Y %H %M %S %B %b."
            )
        kind = self._kind(argument)
        if kind not in allowed:
            raise ExpressionError(f"{function} does not take a {kind}: {_short(ast.unparse(argument))}.")

    def _kind_of_code(self, node):
        if node.func.attr != "get_by_name" or self._kind(node.func.value) != shown.CODES:
            raise ExpressionError(f"“{_short(ast.unparse(node.func))}” cannot be called.")
        argument = node.args[0] if len(node.args) == 1 else None
        if not isinstance(argument, ast.Constant) or not isinstance(argument.value, str):
            raise ExpressionError("get_by_name takes the name of one code, in quotes.")
        if self.code_names is not None and argument.value not in self.code_names:
            raise ExpressionError(
                f"There is no code named “{_short(argument.value)}”: add it under QR Codes."
            )
        return shown.CODE

    def _kind_boolop(self, node):
        kinds = {self._kind(value) for value in node.values}
        return kinds.pop() if len(kinds) == 1 else ANY

    def _kind_unaryop(self, node):
        kind = self._kind(node.operand)
        if isinstance(node.op, ast.Not):
            return shown.BOOL
        if isinstance(node.op, ast.USub) and kind in NUMBERS:
            return kind
        raise ExpressionError(f"“{_short(ast.unparse(node))}” cannot be worked out.")

    def _kind_binop(self, node):
        left, right = self._kind(node.left), self._kind(node.right)
        if isinstance(node.op, ast.Add | ast.Sub) and {left, right} <= NUMBERS:
            return shown.AMOUNT if shown.AMOUNT in (left, right) else shown.INT
        constant = _number(node.right)
        if left == shown.INT and constant is not None and 0 < constant <= 10_000:
            if isinstance(node.op, ast.Mult | ast.FloorDiv | ast.Mod):
                return shown.INT
        raise ExpressionError(
            f"“{_short(ast.unparse(node))}”: numbers can be added and subtracted, and whole numbers multiplied (*), "
            "divided (//) or taken the rest of (%) by a number that stands there. Texts are put side by side in "
            "the template."
        )

    def _kind_compare(self, node):
        kinds = [self._kind(one) for one in (node.left, *node.comparators)]
        for before, after, one in zip(kinds, kinds[1:], node.ops, strict=False):
            if not _is_comparable(one, before, after):
                raise ExpressionError(
                    f"“{_short(ast.unparse(node))}”: a {before} and a {after} cannot be compared so."
                )
        return shown.BOOL

    def _kind_ifexp(self, node):
        self._kind(node.test)
        kinds = {self._kind(node.body), self._kind(node.orelse)}
        if len(kinds) == 2 and shown.NONE in kinds:
            kinds.remove(shown.NONE)
        if len(kinds) > 1:
            raise ExpressionError(f"“{_short(ast.unparse(node))}”: both cases must be of the same kind.")
        return kinds.pop()

    def get_range(self):
        """Return how often a ``range(…)`` goes round, or None when this is something else."""
        if self.kind != RANGE:
            return None
        if not isinstance(self.node, ast.Call):
            raise ExpressionError("range stands alone in a t-foreach.")
        return _range_of(self.node)

    # ---- Values -------------------------------------------------------------------------------------------------
    def evaluate(self, values):
        """Work the checked expression out.

        :param dict values: {name: value}, helpers included
        """
        return _value(self.node, values)


def _is_comparable(one, before, after):
    if isinstance(one, ast.Is | ast.IsNot):
        return after == shown.NONE
    if {before, after} <= NUMBERS or before == after == shown.DATE or before == after == shown.DATETIME:
        return type(one) in COMPARES
    if isinstance(one, ast.Eq | ast.NotEq):
        return before == after and before in SCALARS or shown.NONE in (before, after)
    return False


def _number(node):
    """Return the whole number that stands there, or None."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        value = _number(node.operand)
        return None if value is None else -value
    value = getattr(node, "value", None) if isinstance(node, ast.Constant) else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _range_of(node):
    numbers = [_number(one) for one in node.args]
    if None in numbers or len(numbers) == 3 and not numbers[2]:
        raise ExpressionError("range takes whole numbers that stand there, such as range(8).")
    size = len(range(*numbers))
    if size > MAX_RANGE:
        raise ExpressionError(f"range goes round at most {MAX_RANGE} times.")
    return size


def _short(text):
    return text if len(text) <= 60 else f"{text[:57]}…"


def _value(node, values):
    return _WORKERS[type(node)](node, values)


def _value_call(node, values):
    arguments = [_value(one, values) for one in node.args]
    if isinstance(node.func, ast.Attribute):
        return _value(node.func.value, values).get_by_name(*arguments)
    return {"len": len, "range": range, **values}[node.func.id](*arguments)


def _value_attribute(node, values):
    base = _value(node.value, values)
    return None if base is None else getattr(base, node.attr)


def _value_boolop(node, values):
    stops = (lambda value: not value) if isinstance(node.op, ast.And) else bool
    for one in node.values:
        result = _value(one, values)
        if stops(result):
            break
    return result


def _value_unaryop(node, values):
    value = _value(node.operand, values)
    return not value if isinstance(node.op, ast.Not) else -value


def _value_compare(node, values):
    left = _value(node.left, values)
    for one, comparator in zip(node.ops, node.comparators, strict=True):
        right = _value(comparator, values)
        if not COMPARES[type(one)](left, right):
            return False
        left = right
    return True


_WORKERS = {
    ast.Constant: lambda node, values: node.value,
    ast.Name: lambda node, values: values[node.id],
    ast.Attribute: _value_attribute,
    ast.Call: _value_call,
    ast.BoolOp: _value_boolop,
    ast.UnaryOp: _value_unaryop,
    ast.Compare: _value_compare,
    ast.BinOp: lambda node, values: CALCULATES[type(node.op)](
        _value(node.left, values), _value(node.right, values)
    ),
    ast.IfExp: lambda node, values: _value(node.body if _value(node.test, values) else node.orelse, values),
}
