"""Samples for a file whose input is an array: a window of a few channels, or an image."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from streamnorm.array_index import ArrayIndex
from streamnorm.array_rows import flat_rows
from streamnorm.features import as_float32
from streamnorm.typing import Array

from .metadata import Metadata
from .session import shared


class Window:
    """Runs a session on one sample after another, in input and output memory that is bound to it once.

    Parameters
    ----------
    session
        The file.
    metadata
        What the file says about itself.

    """

    def __init__(self, session: Any, metadata: Metadata) -> None:
        shape = metadata.input_shape
        assert shape is not None
        # Before anything is as large as the metadata says.
        if session.get_inputs()[0].shape[1:] != [*shape]:
            raise ValueError(f"its input is not of the shape {shape} that its metadata names")
        self._session = session
        self._index = ArrayIndex(shape, metadata.missing)
        self._tensor = metadata.task.tensor
        channels = shape[0]
        self._x = np.zeros((1, *shape), np.float32)
        # The same memory as the index gives values: position by position.
        self._values = self._x.reshape(channels, -1).T
        absent = np.array(metadata.absent, np.float32).reshape(channels, -1).T
        self._absent = np.full_like(absent, np.nan) if metadata.task.masks else absent
        prediction = metadata.task.prediction(metadata.task.fan_out).astype(np.float32)
        self._output = prediction.reshape(-1)
        self._binding = session.io_binding()
        self._binding.bind_ortvalue_input("x", shared(self._x))
        self._binding.bind_ortvalue_output(self._tensor, shared(prediction))

    def run(self, x: Mapping[Any, Any]) -> Array:
        """What the file says of a sample; the same array every time."""
        values, present, _ = self._index.read(x)
        grid = values.reshape(self._values.shape)
        self._values[:] = grid if present is None else np.where(present.reshape(grid.shape), grid, self._absent)
        self._session.run_with_iobinding(self._binding)
        return self._output

    def run_many(self, X: Array) -> Array:
        """What the file says of each of several samples."""
        values = flat_rows(X, self._index).reshape(len(X), *self._values.shape)
        x = as_float32(values).astype(np.float32).transpose(0, 2, 1).reshape(len(X), *self._x.shape[1:])
        output: Array = self._session.run([self._tensor], {"x": x})[0]
        return output.reshape(len(X), len(self._output))
