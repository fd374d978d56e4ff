"""How rare a value is: the share of earlier values that were at least as large."""

from __future__ import annotations

import math

import numpy as np

from streamnorm.typing import Array

# The histogram of logarithms: bins of a sixteenth, from exp(-12) to exp(4); what lies outside counts at its ends.
BINS = 256
LOWEST = -12.0
WIDTH = 1.0 / 16.0
# The newest value counts twice as much as the mean of those before, at most until some 3,300 of them are remembered.
NEWEST = 2.0
FADING = 3e-4
# The far end is the last hundredth of what is remembered, or ten values where a hundredth is less.
FAR = 0.01
FEW = 10.0
# What is believed before the first value: this many on either side.
PRIOR = 0.1
# The logarithm of nothing would not be finite.
SMALLEST = 1e-300


class Tail:
    r"""The probability that a value is at least as large as this one, estimated from those so far.

    A histogram of the logarithms, in which old values fade. Within it the share above a value is interpolated. At the
    far end, from a threshold $t$ that few values exceed, the excess of the logarithm is taken as exponential, as in the
    method of peaks over threshold:

    $$P(V \ge v) = P(V \ge t) e^{-(\ln v - \ln t) / \xi}, \qquad \xi = mean(\ln V - \ln t \mid V \ge t)$$

    So the probability falls strictly with the value, however large that is. It is shrunk towards one half by a fifth of
    a value: nothing is ruled out before it could have been seen. With $n$ values remembered it never falls below
    $0.1 / (n + 0.2)$, 3e-5 in the long run.

    Attributes
    ----------
    counts
        How much is remembered of each bin, float64 [256].
    samples
        How many values have been seen, int64 [1].

    References
    ----------
    [^1]: Hill, B.M., 1975. A Simple General Approach to Inference About the Tail of a Distribution. Annals of
    Statistics 3(5).

    [^2]: Siffer, A., Fouque, P.-A., Termier, A., Largouet, C., 2017. Anomaly Detection in Streams with Extreme Value
    Theory. KDD.

    Examples
    --------
    Of values with the tail $P(V \ge v) = v^{-2}$, 2 is exceeded by a quarter, 100 by one in ten thousand.

    >>> rng = np.random.default_rng(42)
    >>> tail = Tail()
    >>> tail.probability(1.0)
    0.5
    >>> for value in rng.random(20_000) ** -0.5:
    ...     tail.update(value)
    >>> f"{tail.probability(2.0):.3f} {tail.probability(100.0):.6f}"
    '0.248 0.000123'

    """

    def __init__(self) -> None:
        self.counts: Array = np.zeros(BINS)
        self.samples: Array = np.zeros(1, dtype=np.int64)

    def probability(self, value: float) -> float:
        """Of a value of this size or more; one half before the first."""
        # How much is remembered from each edge on. What the last one leaves out is nothing.
        beyond = np.append(np.cumsum(self.counts[::-1])[::-1], 0.0)
        remembered = float(beyond[0])
        position = _position(value)
        enough = max(FAR * remembered, min(FEW, 0.5 * remembered))
        threshold = int(np.count_nonzero(beyond >= enough)) - 1
        if position < threshold:
            below = int(position)
            above = float(beyond[below] + (position - below) * (beyond[below + 1] - beyond[below]))
        else:
            excess = 0.5 + float(beyond[threshold + 1 :].sum()) / max(float(beyond[threshold]), SMALLEST)
            above = float(beyond[threshold]) * math.exp((threshold - position) / excess)
        return (above + PRIOR) / (remembered + 2.0 * PRIOR)

    def update(self, value: float) -> None:
        """Remember a value."""
        self.samples += 1
        self.counts *= 1.0 - max(NEWEST / (int(self.samples[0]) + NEWEST), FADING)
        self.counts[int(min(_position(value), BINS - 1.0))] += 1.0

    def arrays(self) -> dict[str, Array]:
        """Every array under its name in a checkpoint."""
        return {"counts": self.counts, "samples": self.samples}

    def check(self) -> None:
        """Raise where the arrays are none that values could have led to."""
        if not (self.counts.min() >= 0.0 and self.counts.sum() <= (1.0 + 1e-9) / FADING):
            raise ValueError("the histogram of a tail remembers more than it could, or less than nothing")


def _position(value: float) -> float:
    """Of a value among the bins, from 0 on."""
    return max((math.log(max(value, SMALLEST)) - LOWEST) / WIDTH, 0.0)
