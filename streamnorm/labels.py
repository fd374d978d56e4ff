"""Which class lives in which output."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from streamnorm.typing import Array

Label = bool | int | str


class LabelIndex:
    """The classes of a stream, in the order in which it showed them. Append-only.

    Labels are bool, int or str, and all of one kind, so that they can be written to a file. NumPy scalars and whole
    floats are taken as what they equal.

    Examples
    --------
    >>> labels = LabelIndex()
    >>> labels.check("spam")
    'spam'
    >>> labels.add("spam")
    0
    >>> labels.check(3)
    Traceback (most recent call last):
    ...
    TypeError: label 3 is int, but the labels so far are str: 'spam'. Use one kind of label in a stream.

    """

    def __init__(self, labels: Iterable[Label] = ()) -> None:
        self.labels: list[Label] = []
        self.outputs: dict[Label, int] = {}
        self._kind: type[Label] | None = None
        for label in labels:
            self.add(label)

    def __len__(self) -> int:
        return len(self.labels)

    def check(self, y: Any) -> Label:
        """The label in its Python type; raises before anything is kept."""
        if type(y) is self._kind:
            known: Label = y
            return known
        # A date is no number, though NumPy would make it one.
        plain = isinstance(y, np.generic) and not isinstance(y, np.datetime64 | np.timedelta64)
        label: Any = y.item() if plain else y
        if isinstance(label, float) and label.is_integer():
            label = int(label)
        # An enum's member or the like becomes the plain value that a file can hold.
        if isinstance(label, str):
            label = str.__str__(label)
        elif isinstance(label, int) and not isinstance(label, bool):
            label = int.__int__(label)
        elif not isinstance(label, bool):
            raise TypeError(f"a label is a bool, int or str, not {label!r} ({type(label).__name__})")
        if self._kind and type(label) is not self._kind:
            raise TypeError(
                f"label {label!r} is {type(label).__name__}, but the labels so far are "
                f"{self._kind.__name__}: {', '.join(map(repr, self.labels[:5]))}. "
                "Use one kind of label in a stream."
            )
        checked: Label = label
        return checked

    def encode(self, labels: list[Any]) -> tuple[Array, list[Label]]:
        """The output of each label, and the labels that are new, in the order in which they appear. Keeps nothing."""
        grown = self
        if {*map(type, labels)} != {self._kind} or not self.outputs.keys() >= set(labels):
            grown = LabelIndex(self.labels)
            for label in labels:
                grown.add(grown.check(label))
            labels = [*map(grown.check, labels)]
        outputs = np.fromiter(map(grown.outputs.__getitem__, labels), np.float64, len(labels))
        return outputs, grown.labels[len(self) :]

    def add(self, label: Label) -> int:
        """The output of a checked label, the next free one if it is new."""
        output = self.outputs.get(label)
        if output is None:
            output = self.outputs[label] = len(self.labels)
            self.labels.append(label)
            self._kind = type(label)
        return output
