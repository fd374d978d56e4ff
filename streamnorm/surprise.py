"""How strange a sample is beside its reconstruction."""

from __future__ import annotations

import numpy as np

from streamnorm.standardizer import WINSOR, Standardizer
from streamnorm.typing import Array

# Weight of the newest error in its statistics: errors fall while the network learns.
FADING = 1e-3
# Added to the variance of an error: within a tenth of a feature's standard deviation a reconstruction is exact enough.
FLOOR = 0.01


class Surprise:
    r"""How far a sample is from what the network expects, and from what its features usually are.

    With $h$ the standardised features, $e$ the errors of their reconstruction, and $\mu$, $\sigma^2$ the running mean
    and variance of each feature's error:

    $$s = mean_j \ln(1 + max(h_j^2, (e_j - \mu_j)^2 / (\sigma_j^2 + 0.01)))$$

    A network reconstructs even what is far out, if only its features go together: hence the distance of the features
    themselves. The logarithm keeps one wild feature from drowning the others.

    Attributes
    ----------
    errors
        The statistics of the errors.

    Examples
    --------
    The second feature is one standard deviation out, as is its error. The third is absent.

    >>> surprise = Surprise()
    >>> surprise.grow(3)
    >>> errors, h, present = np.array([0.0, 1.0, 0.0]), np.array([0.0, -1.0, 0.0]), np.array([True, True, False])
    >>> surprise.errors.variance[:] = 0.99
    >>> surprise.value(errors, h, present), float(np.log(2.0)) / 2.0
    (0.34657359027997264, 0.34657359027997264)

    """

    def __init__(self) -> None:
        self.errors = Standardizer(FADING, clip=WINSOR, dtype="float64")

    def grow(self, n: int) -> None:
        """Make room for n features in all."""
        if n > len(self.errors.count):
            self.errors.grow(n - len(self.errors.count))

    def value(self, errors: Array, h: Array, present: Array) -> float:
        """The mean over the features that a sample has, 0 where it has none."""
        return float(self.shares(errors, h, present).sum())

    def shares(self, errors: Array, h: Array, present: Array) -> Array:
        """What each feature adds to the mean [features]; 0 for those that are not there."""
        squares = (errors - self.errors.mean) ** 2 / (self.errors.variance + FLOOR)
        features = np.where(present, np.log1p(np.maximum(squares, h * h)), 0.0)
        shares: Array = features / max(int(np.count_nonzero(present)), 1)
        return shares
