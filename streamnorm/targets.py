"""Which of several targets lives in which output."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from streamnorm import names
from streamnorm.features import is_missing, ordered, shown


class TargetIndex:
    """The targets of a stream by name, in the order in which it showed them. Append-only.

    A target that a sample does not have, or has as None or not a number, is not known, and a NaN here.

    Parameters
    ----------
    kind
        What one of them is called in errors.
    number
        Makes a number of a known value; raises TypeError or ValueError that says what the value is instead.
    known
        The first names.

    Examples
    --------
    >>> targets = TargetIndex("target", float, ["high", "low"])
    >>> targets.read({"low": 1, "high": None, "volume": 3})
    ([nan, 1.0], {'volume': 3.0})

    """

    def __init__(self, kind: str, number: Callable[[Any], float], known: Iterable[Any] = ()) -> None:
        self.names: list[Any] = []
        self.outputs: dict[Any, int] = {}
        self._kind = kind
        self._number = number
        self.add(known)

    def __len__(self) -> int:
        return len(self.names)

    def read(self, y: Any) -> tuple[list[float], dict[Any, float]]:
        """A number for each output, and those of targets that have none yet, in an order that does not depend on the
        dict's. Keeps nothing."""
        if not isinstance(y, Mapping):
            raise TypeError(f"y is a dict of {self._kind}s, not {shown(y)}")
        known, new = {}, {}
        for name, value in y.items():
            if is_missing(value):
                continue
            try:
                number = self._number(value)
            except (TypeError, ValueError) as error:
                raise type(error)(
                    f"{self._kind} {shown(name)} is {error}. Leave it out where it is not known."
                ) from None
            output = self.outputs.get(name)
            if output is None:
                self._check(name)
                new[name] = number
            else:
                known[output] = number
        values = [math.nan] * len(self.names)  # Now, since another thread may have added some.
        for output, number in known.items():
            values[output] = number
        return values, {name: new[name] for name in ordered(new)} if new else new

    def _check(self, name: Any) -> None:
        try:
            names.to_json([name])
        except TypeError:
            raise TypeError(
                f"a {self._kind} is named {shown(name)}: a file holds names that are str, int, a finite float, bool, "
                "None or a tuple of these. Rename it."
            ) from None

    def add(self, new: Iterable[Any]) -> None:
        """Give each name the next free output."""
        for name in new:
            self.names.append(name)
            self.outputs[name] = len(self.names) - 1
