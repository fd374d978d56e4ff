"""Running mean and variance, robust to spikes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from streamnorm.room import lengthened
from streamnorm.typing import Array

# Below this a standard deviation counts as zero: its inverse would leave float32.
SMALLEST_SD = 1e-30
# From this count on a value moves the statistics as if it were at most WINSOR standard deviations from the mean.
WINSOR_AFTER = 30
WINSOR = 10.0
# Those of a coordinate without a value are 0.
_ARRAYS = ("count", "mean", "variance", "center", "sd", "inverse_sd")


class Standardizer:
    r"""Standardises each coordinate with the mean and variance of what came before.

    With $n$ the number of values seen of a coordinate, $\alpha = \max(1/n, fading\_factor)$ and
    $\delta = x - \mu$:

    $$\mu \leftarrow \mu + \alpha \delta, \qquad \sigma^2 \leftarrow (1 - \alpha)(\sigma^2 + \alpha \delta^2)$$

    Without fading this is Welford's recurrence. A value counts in the statistics as at most 10 standard deviations
    from the mean, once 30 values are known, so that one spike does not flatten a feature for hours; a lasting change
    of scale still gets through, since every such value widens the scale. The standardised value is clipped.

    Where a coordinate has values at several positions, those of one sample count together: with $m$ the mean of their
    $\delta$ and $s^2$ the variance, $\mu \leftarrow \mu + \alpha m$ and
    $\sigma^2 \leftarrow (1 - \alpha)(\sigma^2 + \alpha m^2) + \alpha s^2$.

    Parameters
    ----------
    fading_factor
        Weight of the newest value, as in `river.preprocessing.AdaptiveStandardScaler`. 0 weighs all values alike.
    clip
        Bound of the standardised values, in standard deviations.
    dtype
        Type of the standardised values. The mean that is subtracted is rounded to it as well, because that is what an
        exported file subtracts.
    positions
        How many values of each coordinate a sample has.

    Attributes
    ----------
    count, mean, variance
        float64 [features], or [channels] of arrays.

    References
    ----------
    [^1]: Welford, B.P., 1962. Note on a method for calculating corrected sums of squares and products. Technometrics 4.

    Examples
    --------
    >>> standardizer = Standardizer(fading_factor=0.0, clip=5.0, dtype="float32")
    >>> standardizer.grow(1)
    >>> for x in (1.0, 2.0, 3.0, 4.0):
    ...     standardizer.update(np.array([x]))
    >>> standardizer.mean, standardizer.variance
    (array([2.5]), array([1.25]))
    >>> standardizer.transform(np.array([3.618034]))
    array([1.], dtype=float32)

    """

    def __init__(self, fading_factor: float, clip: float, dtype: npt.DTypeLike, positions: int = 1) -> None:
        self.fading_factor = fading_factor
        self.clip = clip
        self.dtype = np.dtype(dtype)
        self.positions = positions
        self.restore(count=np.zeros(0), mean=np.zeros(0), variance=np.zeros(0))

    def restore(self, count: Array, mean: Array, variance: Array) -> None:
        """Take over statistics; whoever only transforms reads `center`, `sd` and `inverse_sd`."""
        self.count, self.mean, self.variance = count, mean, variance
        self.center, self.sd, self.inverse_sd = (np.zeros_like(mean) for _ in range(3))
        self._derive()

    def _derive(self) -> None:
        self.center[:] = self.mean.astype(self.dtype)
        np.sqrt(self.variance, out=self.sd)
        self.inverse_sd[:] = 0.0
        np.divide(1.0, self.sd, out=self.inverse_sd, where=self.sd > SMALLEST_SD)

    def arrays(self) -> dict[str, Array]:
        """The statistics under their names in a checkpoint."""
        return {"count": self.count, "mean": self.mean, "variance": self.variance}

    def grow(self, n: int) -> None:
        """Append n coordinates, which are 0 until they have varied."""
        for name in _ARRAYS:
            setattr(self, name, lengthened(getattr(self, name), 0, n))

    def clear(self, columns: Array) -> None:
        """Let coordinates start anew."""
        for name in _ARRAYS:
            getattr(self, name)[columns] = 0.0

    def transform(self, values: Array) -> Array:
        """Standardised, clipped values [positions * coordinates]. A coordinate without variance is 0."""
        z = (values.reshape(self.positions, -1) - self.center) * self.inverse_sd
        clipped: Array = np.minimum(np.maximum(z, -self.clip), self.clip).astype(self.dtype)
        return clipped.ravel()

    def update(self, values: Array, present: Array | None = None) -> None:
        """Let the values count in the statistics. Coordinates that are not present keep theirs."""
        grid = (self.positions, len(self.mean))
        present = np.ones(grid, dtype=bool) if present is None else present.reshape(grid)
        known = present.sum(axis=0)
        here = (known > 0).astype(np.float64)
        self.count += here
        alpha = np.maximum(1.0 / np.maximum(self.count, 1.0), self.fading_factor) * here
        robust = (self.count > WINSOR_AFTER) & (self.sd > 0.0)
        bound = np.where(robust, WINSOR * self.sd, np.inf)
        delta = np.minimum(np.maximum(values.reshape(grid) - self.mean, -bound), bound)
        share = present / np.maximum(known, 1)
        m = (share * delta).sum(axis=0)
        spread = (share * (delta - m) ** 2).sum(axis=0)
        self.mean += alpha * m
        self.variance[:] = (1.0 - alpha) * (self.variance + alpha * m * m) + alpha * spread
        self._derive()
