from __future__ import annotations

from typing import Any

from .multi_target import MultiTarget


class Forecast(MultiTarget):
    """What is wrong with the naive forecasts of a series: `values` [1, horizon]. The outputs are named 1, 2, ... steps
    ahead."""

    name = "forecast"
    key = "ahead"
    one = ""

    @classmethod
    def from_json(cls, values: Any) -> Forecast:
        if not isinstance(values, list) or values != [*range(1, len(values) + 1)]:
            raise ValueError(f"the steps of a forecast are 1, 2, ... of its horizon, not {values!r:.60}")
        return cls(values)

    def checkpoint(self) -> dict[str, Any]:
        return {"outputs": self.fan_out}
