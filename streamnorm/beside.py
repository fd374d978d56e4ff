"""What is known beside the values of a series: features of each step."""

from __future__ import annotations

import collections
from collections.abc import Mapping, Sequence
from typing import Any

from streamnorm import names
from streamnorm.features import bounded, check_name, feature_number


class Beside:
    """The features of the latest steps, the newest last, every value a finite number.

    Parameters
    ----------
    horizon
        How many steps are kept.

    Examples
    --------
    >>> beside = Beside(horizon=2)
    >>> for holiday in (0, 1, 0):
    ...     beside.add(beside.checked({"holiday": holiday}))
    >>> list(beside.steps)
    [{'holiday': 1.0}, {'holiday': 0.0}]

    """

    def __init__(self, horizon: int) -> None:
        self.steps: collections.deque[dict[Any, float]] = collections.deque(maxlen=horizon)

    def add(self, x: dict[Any, float]) -> None:
        self.steps.append(x)

    @staticmethod
    def checked(x: Any) -> dict[Any, float]:
        """The features of a step as floats; raises, naming the feature, for what is no number."""
        if x is None:
            return {}
        if not isinstance(x, Mapping):
            raise TypeError(f"what is known beside a value is a dict of features, not {x!r:.60}")
        step = {}
        for name, value in x.items():
            check_name(name)
            step[name] = bounded(feature_number(name, value))
        return step

    def ahead(self, horizon: int, xs: Sequence[Any] | None, needed: bool) -> list[dict[Any, float]]:
        """The features of each step to forecast; raises where they are needed and not given."""
        if xs is None:
            if needed:
                raise ValueError(
                    "the model has learned with features beside the values: give the forecast xs, a dict of features "
                    f"for each of the {horizon} steps ahead"
                )
            return []
        if len(xs) != horizon:
            raise ValueError(
                f"xs has the features of {len(xs)} steps, and the horizon is {horizon}: give a dict a step"
            )
        return [self.checked(x) for x in xs]

    def to_json(self) -> list[Any]:
        return [[names.to_json(x), [*x.values()]] for x in self.steps]

    def restore(self, steps: list[Any]) -> None:
        """Back from `to_json`; raises ValueError or TypeError for what it cannot have written."""
        if len(steps) > (self.steps.maxlen or 0):
            raise ValueError("there are features of more steps than the horizon has")
        for x, values in steps:
            self.add(self.checked(dict(zip(names.from_json(x), values, strict=True))))
