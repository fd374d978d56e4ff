"""When two models are the same, to the last bit."""

from __future__ import annotations

from typing import Any


def bits(model: Any) -> tuple[Any, ...]:
    """All that learning changes, as values that can be compared."""
    arrays = {name: (array.dtype, array.shape, array.tobytes()) for name, array in model._arrays().items()}
    return model._get_params(), model._state(), arrays
