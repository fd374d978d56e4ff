"""The running standardiser: what a value becomes, and how it counts in the statistics afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from streamnorm.standardizer import SMALLEST_SD, WINSOR, WINSOR_AFTER, Standardizer

if TYPE_CHECKING:
    from ..graph import Graph

_POSITIONS = np.array([0])


def add_standardizer(exact: Graph, value: str, present: str | None, name: str, scaler: Standardizer) -> tuple[str, str]:
    """Nodes that standardise a value with the statistics of before it, and let it count in the next.

    Parameters
    ----------
    exact
        The graph in float64.
    value
        float64 [..., n], or [positions, n] where a sample has several values of each coordinate.
    present
        Which of them are there, bool of that shape; None, at one position, for all.
    name
        What stands in front of `count`, `mean` and `variance` in the names of the state.
    scaler
        Says how.

    Returns
    -------
    The names of the standardised value, 0 where it is absent, and of the standard deviation.

    """
    count, mean, variance = (f"state.{name}{part}" for part in ("count", "mean", "variance"))
    # The mean that is subtracted is rounded as the live model rounds it.
    center = mean if scaler.dtype == np.float64 else exact.cast(exact.cast(mean, scaler.dtype))
    here: str | float = 1.0
    if present:
        value, here = exact.add("Where", present, value, center), exact.cast(present)
    several = scaler.positions > 1
    if several:
        # Those of one sample count together, each that is there alike.
        known = exact.add("ReduceSum", here, _POSITIONS)
        share, here = exact.add("Div", here, exact.add("Max", known, 1.0)), exact.add("Min", known, 1.0)
    sd = exact.add("Sqrt", variance)
    centered = exact.add("Sub", value, center)
    # 1 / sd, and 0 without a variance.
    inverse_sd = exact.add("Div", sd, exact.add("Max", variance, SMALLEST_SD**2))
    z = exact.add("Clip", exact.add("Mul", centered, inverse_sd), -scaler.clip, scaler.clip)

    counted = exact.add("Add", count, here, output=f"next.{name}count")
    alpha = exact.add("Div", here, exact.add("Max", counted, 1.0))
    if scaler.fading_factor:
        alpha = exact.add("Mul", exact.add("Max", alpha, scaler.fading_factor), here)
    # How often the bound of 10 sd goes into a value: counts are whole, so this is 0 / 10 up to 30 of them, then 1 / 10.
    robust = exact.add("Clip", exact.add("Sub", counted, float(WINSOR_AFTER)), 0.0, 1.0 / WINSOR)
    raw = exact.add("Sub", value, mean)
    excess = exact.add("Abs", exact.add("Mul", raw, exact.add("Mul", inverse_sd, robust)))
    delta = exact.add("Div", raw, exact.add("Max", excess, 1.0))
    within = None
    if several:
        delta, within = _together(exact, delta, share)
    step = exact.add("Mul", alpha, delta)
    exact.add("Add", mean, step, output=f"next.{name}mean")
    spread = exact.add("Add", variance, exact.add("Mul", step, delta))
    next_variance = f"next.{name}variance"
    if within:
        kept = exact.add("Mul", exact.add("Sub", 1.0, alpha), spread)
        exact.add("Add", kept, exact.add("Mul", alpha, within), output=next_variance)
    else:
        exact.add("Mul", exact.add("Sub", 1.0, alpha), spread, output=next_variance)
    return z, sd


def _together(exact: Graph, delta: str, share: str) -> tuple[str, str]:
    """Mean and variance over the positions."""
    mean = exact.add("ReduceSum", exact.add("Mul", share, delta), _POSITIONS)
    apart = exact.add("Sub", delta, mean)
    return mean, exact.add("ReduceSum", exact.add("Mul", share, exact.add("Mul", apart, apart)), _POSITIONS)
