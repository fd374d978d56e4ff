"""Samples for a file of a pipeline, which has an input for each feature."""

from __future__ import annotations

import math
from collections.abc import Mapping
from numbers import Real
from typing import Any

import numpy as np

from streamnorm.features import as_float32, finite_number, is_missing
from streamnorm.typing import Array

from .metadata import Metadata


class Columns:
    """Runs a session on one sample after another.

    Parameters
    ----------
    session
        The file.
    metadata
        What the file says about itself.

    """

    def __init__(self, session: Any, metadata: Metadata) -> None:
        self._session = session
        self._skips_missing = metadata.missing == "mean"
        self._outputs = [metadata.task.tensor]
        features = list(zip(metadata.features, metadata.absent, strict=True))
        self._numbers = [name for name, absent in features if absent is None]
        # Written anew for every sample.
        self._values = np.zeros(len(self._numbers), np.float32)
        self._texts = {name: np.full((1, 1), "", object) for name, absent in features if absent == ""}
        self._feed = dict(zip(self._numbers, self._values.reshape(-1, 1, 1), strict=True)) | self._texts

    def run(self, x: Mapping[Any, Any]) -> Array:
        """What the file says of a sample."""
        if not isinstance(x, Mapping):
            raise TypeError(f"a sample is a dict of features, not {x!r:.60}")
        sample = {str(name): value for name, value in x.items()}
        self._values[:] = as_float32(np.array([self._number(name, sample.get(name)) for name in self._numbers]))
        for name, cell in self._texts.items():
            cell[0, 0] = _text(name, sample.get(name))
        output: Array = self._session.run(self._outputs, self._feed)[0]
        return output.reshape(-1)

    def _number(self, name: str, value: Any) -> float:
        if value is None or (self._skips_missing and is_missing(value)):
            return math.nan
        try:
            return finite_number(value)
        except (TypeError, ValueError) as error:
            raise type(error)(f"feature {name!r} is {error}. Leave it out of the sample where it is missing.") from None


def _text(name: str, value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, str | Real | np.bool_):
        raise TypeError(
            f"feature {name!r} is {value!r:.60}, not a text. Leave it out of the sample where it is missing."
        )
    return str(value)  # As River's Grouper and OneHotEncoder take it.
