from __future__ import annotations

import numpy as np

from streamnorm.typing import Array


class Unscaled:
    """Stands in for a `Standardizer` where the features are standardised already."""

    # Far beyond any standardised value, and small enough that no product inside a float32 network overflows.
    clip = 1e6
    positions = 1

    def grow(self, n: int) -> None:
        pass

    def clear(self, columns: Array) -> None:
        pass

    def transform(self, values: Array) -> Array:
        return np.minimum(np.maximum(values, -self.clip), self.clip).astype(np.float32)

    def update(self, values: Array, present: Array | None = None) -> None:
        pass

    def arrays(self) -> dict[str, Array]:
        return {}

    def restore(self) -> None:
        pass
