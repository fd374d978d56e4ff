"""What a mixture weighs the replicas of a regression by."""

from __future__ import annotations

import numpy as np

from streamnorm.typing import Array

# Huber's loss of an error of two standard deviations.
MOST = 1.5


def blame(error: Array) -> float:
    r"""Huber's loss, at most 1.5 for each target: bounded, so that one wild target cannot decide which rate is best.

    Half the square is exp-concave at the mixture's rate of 0.5 up to an error of $1 / \sqrt{0.5} = 1.41$: there the
    mixture is never far worse than the best rate. Of the losses that were tried, some of them scaled by the running
    error, none served better.

    Examples
    --------
    >>> blame(np.array([0.5])), blame(np.array([1.5])), blame(np.array([100.0]))
    (0.125, 1.0, 1.5)

    """
    e = np.abs(error.astype(np.float64))
    huber = np.where(e < 1.0, 0.5 * e * e, e - 0.5)
    return float(np.sum(np.where(np.isfinite(e), np.minimum(huber, MOST), e)))
