"""Scalers of single features: a shift and a division, with the values that they have now."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from river import preprocessing

from streamnorm.typing import Array

from ..graph import Graph
from .converter import Converter, Origin, Sure, by_text
from .registry import register_converter
from .table import NUMBER, TEXT, Kind, Table

# The smallest normal float32: what is divided by less would not stay finite.
SMALLEST = float(np.finfo(np.float32).tiny)


class Unit(NamedTuple):
    """A feature becomes (x - shift) / spread, or 0 without a spread."""

    shift: float
    spread: float


class ScalerConverter(Converter):
    """Base of these converters. They differ in where the unit of a feature comes from."""

    def __init__(self, step: Any, name: str) -> None:
        super().__init__(step, name)
        self._known = by_text(self.state(), name)

    def state(self) -> Mapping[Any, Any]:
        """Something that the scaler holds for each feature that it has met."""
        raise NotImplementedError

    def unit(self, feature: Any) -> Unit:
        """The unit of a feature that the scaler has met."""
        raise NotImplementedError

    def unknown(self) -> Unit:
        """The unit of any other feature, of which River's scalers make 0."""
        return Unit(0.0, 0.0)

    def origin(self, name: str, kind: Kind) -> Origin | None:
        return Origin({name: NUMBER}, Sure.KNOWN if name in self._known else Sure.NEVER) if kind != TEXT else None

    def convert(self, graph: Graph, table: Table, wanted: dict[str, Kind]) -> Table:
        units = [self.unit(self._known[name]) if name in self._known else self.unknown() for name in table.numbers]
        shift, spread = np.array(units, dtype=np.float64).T
        for name, s in zip(table.numbers, spread.tolist(), strict=True):
            if 0.0 < abs(s) < SMALLEST:
                raise ValueError(f"{self.name} divides {name!r} by {s:g}, too little for a float32. Leave {name!r} out")
        x = subtract(graph, table.values, shift)
        # By division as in River, for what comes out as exactly 0.5 or 1 may meet a threshold later.
        x = x if (spread == 1.0).all() else graph.add("Div", x, np.where(spread == 0.0, 1.0, spread))
        x = x if spread.all() else graph.add("Mul", x, (spread != 0.0).astype(np.float64))
        return table.with_values(x)


def root(variance: float) -> float:
    """The standard deviation; 0 where rounding has made the variance negative."""
    return math.sqrt(max(variance, 0.0))


def subtract(graph: Graph, x: str, shift: Array) -> str:
    """Subtract float64 constants from float32 values as if in float64: a mean of 1e6 sd keeps its digits."""
    rounded = shift.astype(np.float32).astype(np.float64)
    for part in (rounded, shift - rounded):
        x = graph.add("Sub", x, part) if part.any() else x
    return x


@register_converter(preprocessing.StandardScaler)
class StandardScalerConverter(ScalerConverter):
    def state(self) -> Mapping[Any, Any]:
        counts: Mapping[Any, Any] = self.step.counts
        return counts

    def unit(self, feature: Any) -> Unit:
        mean, variance = self.step.means[feature], self.step.vars.get(feature, 0.0)
        if self.step.window_size is not None:
            mean, variance = mean.get(), variance.get() if self.step.with_std else 0.0
        return Unit(mean, root(variance) if self.step.with_std else 1.0)

    def unknown(self) -> Unit:
        return Unit(0.0, 0.0 if self.step.with_std else 1.0)


@register_converter(preprocessing.AdaptiveStandardScaler)
class AdaptiveStandardScalerConverter(ScalerConverter):
    def state(self) -> Mapping[Any, Any]:
        means: Mapping[Any, Any] = self.step.means
        return means

    def unit(self, feature: Any) -> Unit:
        return Unit(self.step.means[feature].get(), root(self.step.vars[feature].get()))


@register_converter(preprocessing.MinMaxScaler)
class MinMaxScalerConverter(ScalerConverter):
    def state(self) -> Mapping[Any, Any]:
        low: Mapping[Any, Any] = self.step.min
        return low

    def unit(self, feature: Any) -> Unit:
        low, high = self.step.min[feature].get(), self.step.max[feature].get()
        return Unit(low, high - low)


@register_converter(preprocessing.MaxAbsScaler)
class MaxAbsScalerConverter(ScalerConverter):
    def state(self) -> Mapping[Any, Any]:
        largest: Mapping[Any, Any] = self.step.abs_max
        return largest

    def unit(self, feature: Any) -> Unit:
        return Unit(0.0, self.step.abs_max[feature].get())


@register_converter(preprocessing.RobustScaler)
class RobustScalerConverter(ScalerConverter):
    def state(self) -> Mapping[Any, Any]:
        scaled: Mapping[Any, Any] = self.step.iqr if self.step.with_scaling else self.step.median
        return scaled

    def unit(self, feature: Any) -> Unit:
        median = self.step.median[feature].get() if self.step.with_centering else None
        spread = self.step.iqr[feature].get() if self.step.with_scaling else 1.0
        return Unit(median or 0.0, spread or 0.0)

    def unknown(self) -> Unit:
        return Unit(0.0, 0.0 if self.step.with_scaling else 1.0)

    def origin(self, name: str, kind: Kind) -> Origin | None:
        origin = super().origin(name, kind)
        if origin is None or self.step.with_centering or self.step.with_scaling:
            return origin
        return Origin(origin.features)  # It does nothing, and has learned of nothing.
