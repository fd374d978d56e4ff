from __future__ import annotations

from dataclasses import dataclass

from streamnorm.layers.grid import Grid
from streamnorm.moments import Moments


@dataclass(frozen=True)
class Pool:
    r"""The largest or the mean of each patch, channel by channel, as $(p - m) / d$.

    Parameters
    ----------
    grid
        Where the patches are.
    maximum
        Whether it is the largest.
    moments
        $m$ and $d$: mean and standard deviation of $p$.

    """

    grid: Grid
    maximum: bool
    moments: Moments
