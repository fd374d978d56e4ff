"""Operators of ONNX on one row of floats, as C. A bool is 0 or 1, a text its place in the list of all texts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from streamnorm.typing import Array

from .literals import number


class Row(NamedTuple):
    """A row [1, n] of floats: an array, or one element of an array."""

    name: str
    n: int
    first: int = 0

    def at(self, index: str | int) -> str:
        """An element. A row of one is the same everywhere."""
        return f"{self.name}[{index if self.n > 1 else self.first}]"


class Result(NamedTuple):
    """The length of a row that an operator makes, the statements that fill it, and the tables that these read.

    In a statement `{0}` stands for the name of the row, which begins the names of its tables.
    """

    n: int
    statements: list[str]
    tables: dict[str, Array] = {}  # noqa: RUF012


# Raises LookupError for inputs or attributes that it has no C for.
Operator = Callable[[list[Row], dict[str, Any]], Result]


def _each(n: int, statement: str) -> str:
    """A statement for each `i`."""
    return f"for (int i = 0; i < {n}; i++) {statement}"


def _require_columns(axes: Any) -> None:
    """A row has no other axis."""
    if np.ravel(axes).tolist() not in ([1], [-1]):
        raise LookupError(f"axes {axes}")


def _elementwise(expression: str) -> Operator:
    def operator(rows: list[Row], attributes: dict[str, Any]) -> Result:
        n = max(row.n for row in rows)
        return Result(n, [_each(n, f"{{0}}[i] = {expression.format(*(row.at('i') for row in rows))};")])

    return operator


def _reduced(first: str, step: str) -> Operator:
    def operator(rows: list[Row], attributes: dict[str, Any]) -> Result:
        _require_columns(attributes["indices"] if "indices" in attributes else attributes["axes"])
        if not attributes.get("keepdims", 1):
            raise LookupError("keepdims 0")
        element = rows[0].at("i")
        return Result(1, [f"{{0}}[0] = {first};", _each(rows[0].n, f"{{0}}[0] = {step.format('{0}[0]', element)};")])

    return operator


def _concat(rows: list[Row], attributes: dict[str, Any]) -> Result:
    _require_columns(attributes["axis"])
    statements, n = [], 0
    for row in rows:
        statements.append(_each(row.n, f"{{0}}[{n} + i] = {row.at('i')};"))
        n += row.n
    return Result(n, statements)


def _gather(rows: list[Row], attributes: dict[str, Any]) -> Result:
    _require_columns(attributes["axis"])
    row, indices = rows[0], attributes["indices"]
    if indices.ndim != 1:
        raise LookupError("indices that are no list")
    columns = [range(row.n)[column] for column in indices]
    return Result(len(columns), [f"{{0}}[{k}] = {row.at(column)};" for k, column in enumerate(columns)])


def _label_encoder(rows: list[Row], attributes: dict[str, Any]) -> Result:
    (row,) = rows
    x, n, count = row.at("i"), row.n, len(attributes["keys"])
    absent, default = (number(np.float32(attributes[name])) for name in ("absent", "default"))
    unmatched = _each(n, f"{{0}}[i] = isnan({x}) ? {absent} : {default};")
    if not count:  # Of all texts only the absent one matters, which has no place.
        return Result(n, [unmatched])
    matched = _each(n, f"if ({x} == {{0}}_keys[k]) {{0}}[i] = {{0}}_values[k];")
    tables = {name: np.array(attributes[name], dtype=np.float32) for name in ("keys", "values")}
    return Result(n, [unmatched, f"for (int k = 0; k < {count}; k++)", f"    {matched}"], tables)


OPERATORS: dict[str, Operator] = {
    "Identity": _elementwise("{}"),
    "Cast": _elementwise("{}"),
    "Add": _elementwise("{} + {}"),
    "Sub": _elementwise("{} - {}"),
    "Mul": _elementwise("{} * {}"),
    "Div": _elementwise("{} / {}"),
    "Abs": _elementwise("fabsf({})"),
    "Sqrt": _elementwise("sqrtf({})"),
    "Greater": _elementwise("(float)({} > {})"),
    "Equal": _elementwise("(float)({} == {})"),
    "And": _elementwise("(float)({} != 0.0f && {} != 0.0f)"),
    "Or": _elementwise("(float)({} != 0.0f || {} != 0.0f)"),
    "Not": _elementwise("(float)({} == 0.0f)"),
    "IsNaN": _elementwise("isnan({}) ? 1.0f : 0.0f"),
    "Where": _elementwise("{} != 0.0f ? {} : {}"),
    "Clip": _elementwise("{0} < {1} ? {1} : {0} > {2} ? {2} : {0}"),
    "ReduceSum": _reduced("0.0f", "{} + {}"),
    "ReduceMax": _reduced("-INFINITY", "fmaxf({}, {})"),
    "Concat": _concat,
    "Gather": _gather,
    "LabelEncoder": _label_encoder,
}
