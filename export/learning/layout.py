"""Where a network's parameters lie in one flat array."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from itertools import pairwise

import numpy as np

from streamnorm.typing import Array

Shape = tuple[int, ...]


class Layout:
    """All parameters of a network end to end, so that one operation updates them all.

    A node costs more than its arithmetic on a small array. Weights lie there transposed, [fan_in, fan_out], so that a
    layer takes a row of inputs to a row of outputs as they are.

    Parameters
    ----------
    widths
        Inputs, units of each hidden layer, outputs.

    Attributes
    ----------
    shapes
        For each layer the shapes of its parameters by name, as the network has them: `W` [fan_out, fan_in], and in
        hidden layers `g`, and `b` [fan_out].
    size
        How many parameters there are.

    Examples
    --------
    >>> layout = Layout((2, 3, 1))
    >>> layout.shapes
    [{'W': (3, 2), 'g': (3,), 'b': (3,)}, {'W': (1, 3), 'b': (1,)}]
    >>> layout.size
    16

    """

    def __init__(self, widths: tuple[int, ...]) -> None:
        *hidden, head = pairwise(widths)
        self.shapes: list[dict[str, Shape]] = [{"W": (n, m), "g": (n,), "b": (n,)} for m, n in hidden]
        self.shapes.append({"W": (head[1], head[0]), "b": (head[1],)})
        self.sizes = [math.prod(shape) for shapes in self.shapes for shape in shapes.values()]
        self.size = sum(self.sizes)

    def pack(self, arrays: Iterable[Array]) -> Array:
        """Arrays in the order of the shapes as one."""
        return np.concatenate([array.T.ravel() for array in arrays])

    def unpack(self, flat: Array) -> Iterator[tuple[str, Array]]:
        """Arrays under their names in a network: `0.W`, `0.g`, ..."""
        ends = np.cumsum(self.sizes)[:-1]
        pieces = iter(np.split(flat, ends))
        for index, shapes in enumerate(self.shapes):
            for name, shape in shapes.items():
                yield f"{index}.{name}", next(pieces).reshape(shape[::-1]).T
