"""Samples for a file with one input, a row of numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from streamnorm.features import FeatureIndex
from streamnorm.typing import Array

from .metadata import Metadata
from .session import shared


class Row:
    """Runs a session on one sample after another, in input and output memory that is bound to it once.

    Parameters
    ----------
    session
        The file.
    metadata
        What the file says about itself.

    """

    def __init__(self, session: Any, metadata: Metadata) -> None:
        self._session = session
        self._index = FeatureIndex(metadata.features, metadata.missing)
        self._absent = np.array(metadata.absent)
        if metadata.task.masks:
            self._absent[:] = np.nan
        self._x = np.zeros((1, len(metadata.features)), np.float32)
        prediction = metadata.task.prediction(metadata.task.fan_out).astype(np.float32)
        self._output = prediction.reshape(-1)
        self._binding = session.io_binding()
        self._binding.bind_ortvalue_input("x", shared(self._x))
        self._binding.bind_ortvalue_output(metadata.task.tensor, shared(prediction))

    def run(self, x: Mapping[Any, Any]) -> Array:
        """What the file says of a sample; the same array every time."""
        values, present, _ = self._index.read(x)
        if present is not None:
            values = np.where(present, values, self._absent)
        self._x[0] = values
        self._session.run_with_iobinding(self._binding)
        return self._output
