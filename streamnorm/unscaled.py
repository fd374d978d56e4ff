from __future__ import annotations

import numpy as np
import numpy.typing as npt

from streamnorm.moments import Array


class Unscaled:
    """Stands in for a `Standardizer` where the features are standardised already.

    Parameters
    ----------
    dtype
        Type of the network's input.

    """

    # Far beyond any standardised value, and small enough that no product inside a float32 network overflows.
    clip = 1e6

    def __init__(self, dtype: npt.DTypeLike) -> None:
        self.dtype = np.dtype(dtype)

    def grow(self, n: int) -> None:
        pass

    def transform(self, values: Array) -> Array:
        return np.minimum(np.maximum(values, -self.clip), self.clip).astype(self.dtype)

    def update(self, values: Array, present: Array | None = None) -> None:
        pass

    def arrays(self) -> dict[str, Array]:
        return {}

    def restore(self) -> None:
        pass
