"""The constants of global pools: mean and standard deviation of the largest, or the mean, of several activations."""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING

import numpy as np

from streamnorm.moments import Moments
from streamnorm.typing import Array

if TYPE_CHECKING:
    from streamnorm.activations import Activation

# Z is cut where nothing is left of it, and its distribution taken at so many points: 1e-7 of the moments is missing.
_REACH = 9.0
_POINTS = 200_001

_erfc = np.vectorize(math.erfc, otypes=[np.float64])


@functools.cache
def largest_moments(activation: Activation, n: float) -> Moments:
    r"""Moments of the largest of n independent activations $(f(Z) - m_f) / d_f$, $Z$ standard normal.

    The largest is below y with probability $P(f(Z) \le y)^n$, where n need not be whole.

    Examples
    --------
    Of one activation they are 0 and 1 by construction; of two identities 1/sqrt(pi) and sqrt(1 - 1/pi).

    >>> from streamnorm.activations import ACTIVATIONS
    >>> largest_moments(ACTIVATIONS["relu"], 1.0)
    Moments(mean=0.0, sd=1.0)
    >>> mean, sd = largest_moments(ACTIVATIONS["identity"], 2.0)
    >>> round(mean * math.sqrt(math.pi), 6), round(sd**2 + 1.0 / math.pi, 6)
    (1.0, 1.0)

    """
    if n == 1.0:
        return Moments(0.0, 1.0)  # Without the rounding of what follows.
    z = np.linspace(-_REACH, _REACH, _POINTS)
    # Of each point the probability of what is nearer to it than to any other.
    below: Array = 0.5 * _erfc(-(z[:-1] + z[1:]) / 2.0 / math.sqrt(2.0))
    share = np.diff(below, prepend=0.0, append=1.0)
    values = (activation.function(z) - activation.moments.mean) / activation.moments.sd
    order = np.argsort(values, kind="stable")
    share = np.diff(np.minimum(np.cumsum(share[order]), 1.0) ** n, prepend=0.0)
    mean = float(share @ values[order])
    return Moments(mean, math.sqrt(float(share @ (values[order] - mean) ** 2)))


def mean_moments(n: float) -> Moments:
    r"""Moments of the mean of n independent activations $(f(Z) - m_f) / d_f$, whichever $f$: $0$ and $1 / \sqrt n$.

    Examples
    --------
    >>> mean_moments(4.0)
    Moments(mean=0.0, sd=0.5)

    """
    return Moments(0.0, 1.0 / math.sqrt(n))
