"""What the tasks with one output, which has no name, have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np

from streamnorm.typing import Array

from .task import Task


class Unnamed(Task):
    """One number a sample, predicted and learned from as [1]."""

    key = "classes"
    one = ""

    def __init__(self, names: Sequence[Any] = ()) -> None:
        if len(names):
            raise ValueError(f"{self.name} has one output, which has no name, not {names!r:.60}")

    @classmethod
    def from_json(cls, values: Any) -> Self:
        return cls(values)

    def to_json(self) -> list[Any]:
        return []

    @property
    def names(self) -> list[Any]:
        return []

    @property
    def fan_out(self) -> int:
        return 1

    def checkpoint(self) -> dict[str, Any]:
        return {}

    def prediction(self, outputs: int) -> Array:
        return np.zeros(1)

    def target(self, outputs: int) -> Array:
        return np.zeros(1)

    def add(self, new: list[Any]) -> None:
        """There are no names."""
