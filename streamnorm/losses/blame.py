"""What a mixture weighs the replicas by where there is more than one target, or none that is sure."""

from __future__ import annotations

import numpy as np

from streamnorm.typing import Array

# Huber's loss of an error of two standard deviations.
MOST = 1.5


def mean_of_known(losses: Array, target: Array | float) -> float:
    """The mean loss of the targets that are known, so that replicas are weighed alike by one target and by many."""
    known = losses[~np.isnan(target)] if np.ndim(target) else losses
    return float(known.mean()) if known.size else 0.0


def blame(output: Array, target: Array | float) -> float:
    r"""Huber's loss, at most 1.5 for each target: bounded, so that one wild target cannot decide which rate is best.

    Half the square is exp-concave at the mixture's rate of 0.5 up to an error of $1 / \sqrt{0.5} = 1.41$: there the
    mixture is never far worse than the best rate. Of the losses that were tried, some of them scaled by the running
    error, none served better.

    Examples
    --------
    >>> [blame(np.array([error]), 0.0) for error in (0.5, 1.5, 100.0)]
    [0.125, 1.0, 1.5]
    >>> blame(np.array([1.5, 3.0, 0.5]), np.array([0.0, np.nan, 0.0]))
    0.5625

    """
    e = np.abs((output - np.asarray(target, output.dtype)).astype(np.float64))
    huber = np.where(e < 1.0, 0.5 * e * e, e - 0.5)
    return mean_of_known(np.where(np.isfinite(e), np.minimum(huber, MOST), e), target)
