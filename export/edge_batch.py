"""Several samples at once, for a file with one input."""

from __future__ import annotations

from typing import Any

import numpy as np

from streamnorm.features import as_float32
from streamnorm.typing import Array


def batch(session: Any, tensor: str, X: Array, shape: tuple[int, ...], takes_nan: bool) -> Array:
    """What a file says of samples [samples, *shape]: one row each. Raises for what `predict_one` would not take."""
    if not isinstance(X, np.ndarray) or X.dtype.kind not in "fiub":
        kind = f"an array of {X.dtype}" if isinstance(X, np.ndarray) else f"a {type(X).__name__}"
        raise TypeError(f"X is {kind}, not a NumPy array of numbers: np.asarray(..., dtype=float)")
    if X.shape[1:] != shape:
        raise ValueError(f"X has shape {X.shape}, and the file takes [samples, {', '.join(map(str, shape))}]")
    if np.ma.is_masked(X):
        raise ValueError("X has masked values: fill them in front of the model")
    wrong = np.isinf(X) if takes_nan else ~np.isfinite(X)
    if wrong.any():
        place = tuple(int(i) for i in np.argwhere(wrong)[0])
        raise ValueError(f"X is {X[place]} at {place}, not a finite number: fill it in front of the model")
    output: Array = session.run([tensor], {"x": as_float32(np.asarray(X)).astype(np.float32)})[0]
    return output.reshape(len(X), -1)
