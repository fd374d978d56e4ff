"""What the tests of exported pipelines share: small streams, a trained pipeline, samples as the inputs of a file."""

from __future__ import annotations

from typing import Any

import numpy as np
from river import compose

from streamnorm import NormPropRegressor

X = [{"a": 1.0, "b": 4.0}, {"a": 3.0, "b": 4.0}, {"a": 8.0, "b": 4.0}]
TEXTS = [{"c": "b", "n": 1.0}, {"c": "a", "n": 2.0}, {"c": "b", "n": 2.0}, {"n": 2.0}]


def trained(steps, samples):
    """A pipeline of these steps and a small regressor, which has learned the samples."""
    pipeline = compose.Pipeline(*steps, NormPropRegressor((2,), seed=1))
    for i, x in enumerate(samples):
        pipeline.learn_one(x, float(i))
    return pipeline


def columns(session: Any, samples: list[dict[str, Any]]) -> dict[str, Any]:
    """Samples as the inputs of a file; what is None or not there is NaN or the empty string."""
    feed = {}
    for value in session.get_inputs():
        dtype, absent = (object, "") if value.type == "tensor(string)" else (np.float32, np.nan)
        cells = [absent if x.get(value.name) is None else x[value.name] for x in samples]
        feed[value.name] = np.array(cells, dtype)[:, np.newaxis]
    return feed
