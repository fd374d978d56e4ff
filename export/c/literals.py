"""Numbers and texts as C99 writes them."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator

import numpy as np

from streamnorm.typing import Array

TYPES = {np.dtype(np.float32): "float", np.dtype(np.float64): "double", np.dtype(np.int64): "int64_t"}
_PER_LINE = 6
# Letters that mean nothing to C, alone or beside another.
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 _.,:;!#$%&()+-=<>@[]^{|}~'`")


def single(array: Array) -> Array:
    """As float32; raises ValueError for a number that it cannot hold."""
    with np.errstate(over="ignore"):
        rounded: Array = np.asarray(array).astype(np.float32)
    if not np.isfinite(rounded).all():
        raise ValueError("the model holds numbers beyond the range of a float32, in which the source stores them")
    return rounded


def number(value: float | int | np.generic) -> str:
    """A number that the compiler reads back as the same bits.

    Examples
    --------
    >>> number(np.float32(0.1)), number(0.1), number(1.0), number(np.int64(-3))
    ('0.100000001f', '0.1', '1.0', '-3')
    >>> number(math.nan)
    'NAN'

    """
    if math.isnan(value):
        return "NAN"
    if isinstance(value, np.float32):
        digits = f"{value:.9g}"
        return f"{digits}f" if "." in digits or "e" in digits else f"{digits}.0f"
    return repr(value.item() if isinstance(value, np.generic) else value)


def text(value: str) -> str:
    """A string literal of plain ASCII, the bytes those of UTF-8. No trigraph, no escape runs on into what follows.

    Raises ValueError for a text that would be cut, or has no UTF-8.

    Examples
    --------
    >>> print(text('Grad °C "??/"'))
    "Grad \\302\\260C \\042\\077\\077\\057\\042"

    """
    if any(c == "\0" or "\ud800" <= c <= "\udfff" for c in value):
        raise ValueError(f"{value!r} holds a NUL or half of a surrogate pair, which no text in C can: rename it")
    return '"' + "".join(c if c in _PLAIN else "".join(f"\\{b:03o}" for b in c.encode()) for c in value) + '"'


def comment(value: object) -> str:
    """A name as a comment can hold it: JSON in ASCII, which cannot end the comment."""
    return json.dumps(value, default=str).replace("*/", "* /").replace("/*", "/ *")


def declared(arrays: dict[str, Array]) -> list[str]:
    """Members of a struct, one for each array."""
    return [f"{TYPES[a.dtype]} {name}[{' * '.join(map(str, a.shape))}];" for name, a in arrays.items()]


def initialized(arrays: dict[str, Array]) -> Iterator[str]:
    """Designated initialisers of these members."""
    for name, array in arrays.items():
        yield f".{name} = {{"
        yield from indented(listed(array.ravel()))
        yield "},"


def listed(values: Iterable[float | np.generic]) -> Iterator[str]:
    """The elements of an array, some to a line."""
    numbers = list(map(number, values))
    for start in range(0, len(numbers), _PER_LINE):
        yield ", ".join(numbers[start : start + _PER_LINE]) + ","


def indented(lines: Iterable[str]) -> Iterator[str]:
    return (f"    {line}" for line in lines)
