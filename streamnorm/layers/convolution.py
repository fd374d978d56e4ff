from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from streamnorm.layers.dense import initial_values
from streamnorm.layers.grid import Grid
from streamnorm.typing import Array


@dataclass(frozen=True)
class Convolution:
    r"""A NormProp layer of filters, $a_{pi} = (f(g_i w_i \cdot h_p / \|w_i\| + b_i) - m_f) / d_f$ at each position $p$.

    Parameters
    ----------
    fan_out
        Number of filters.
    grid
        Where the patches $h_p$ are.
    activation
        Name of $f$, see `streamnorm.activations`.

    """

    fan_out: int
    grid: Grid
    activation: str = "relu"

    def initial(self, fan_in: int, rng: np.random.Generator, first: bool) -> dict[str, Array]:
        """Initial values of `W` [fan_out, fan_in], of a patch channels last, and `g` and `b` [fan_out]."""
        return initial_values(self.activation, self.fan_out, fan_in, self.grid.area, rng, first)
