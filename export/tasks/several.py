"""What the tasks of several targets at once have in common."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from streamnorm.names import to_json
from streamnorm.targets import TargetIndex
from streamnorm.typing import Array

from .task import Task


class Several(Task):
    """Outputs with a name each. Learns from [1, targets], where NaN says that a target is not known."""

    def __init__(self, number: Callable[[Any], float], names: Sequence[Any]) -> None:
        self._targets = TargetIndex(self.one, number, names)

    def to_json(self) -> list[Any]:
        return to_json(self._targets.names)

    @property
    def names(self) -> list[Any]:
        return list(self._targets.names)

    def checkpoint(self) -> dict[str, Any]:
        return {"targets": self.to_json()}

    def target(self, outputs: int) -> Array:
        return np.zeros((1, outputs))

    def read(self, y: Any, outputs: int) -> tuple[list[float], list[Any]]:
        values, new = self._targets.read(y)
        self.require_room([*new], outputs)
        values += new.values()
        return values + [math.nan] * (outputs - len(values)), [*new]

    def add(self, new: list[Any]) -> None:
        self._targets.add(new)
