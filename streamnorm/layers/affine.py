from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from streamnorm.typing import Array


@dataclass(frozen=True)
class Affine:
    """The head: $o = W h + b$, starting at zero.

    At zero every class is equally likely and a regression starts at the target's mean; a class that appears later
    is a row of zeros as well, so it does not matter when a class is met.
    """

    def initial(self, fan_in: int, fan_out: int) -> dict[str, Array]:
        return {"W": np.zeros((fan_out, fan_in)), "b": np.zeros(fan_out)}
