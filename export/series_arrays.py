"""What a forecaster remembers of its series, as arrays that its file carries beside the graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from streamnorm.beside import Beside
from streamnorm.series import Series
from streamnorm.typing import Array

from .learning.metadata import LearningMetadata

# In front of their names in a file. The graph neither takes nor gives them.
_PREFIX = "series."


def arrays_of(series: Series, inputs: Sequence[Any]) -> dict[str, Array]:
    """A series as arrays, what is beside it as float64 [horizon, features], NaN where a step does not have one."""
    names = names_beside(inputs)
    beside = np.array([[x.get(name, np.nan) for name in names] for x in series.beside.steps])
    arrays = series.arrays() | {"beside": beside.reshape(series.horizon, len(names))}
    return {f"{_PREFIX}{name}": array for name, array in arrays.items()}


def names_beside(inputs: Sequence[Any]) -> list[Any]:
    """The features beside a series of which a network has inputs, which are pairs of name and step."""
    return [*dict.fromkeys(pair[0] for pair in inputs if isinstance(pair, tuple))]


def checkpoint_arrays(arrays: Mapping[str, Array]) -> dict[str, Array]:
    """Those of a file as a checkpoint has them; none where it is no forecaster's."""
    return {
        name.removeprefix(_PREFIX): array
        for name, array in arrays.items()
        if name.startswith(_PREFIX) and name != f"{_PREFIX}beside"
    }


def steps_beside(arrays: Mapping[str, Array], about: LearningMetadata) -> Beside:
    """The features of the latest steps; raises ValueError for an array that is not theirs."""
    names, rows = names_beside(about.features), arrays[f"{_PREFIX}beside"]
    if rows.shape != (about.outputs, len(names)):
        raise ValueError("its features beside the series are not those that it names")
    beside = Beside(about.outputs)
    for row in rows.tolist():
        beside.add(beside.checked({name: value for name, value in zip(names, row, strict=True) if value == value}))
    return beside


def series_of(arrays: Mapping[str, Array], about: LearningMetadata) -> Series:
    """The series of a file; raises ValueError for arrays that learning cannot have left."""
    lags, horizon, season = (about.parameters[name] for name in ("lags", "horizon", "season"))
    own = checkpoint_arrays(arrays)
    # The file bounds its arrays; a series is only built when it would have no others.
    if own["history.values"].shape != (lags + 1 + (season or 0) + horizon,) or horizon != about.outputs:
        raise ValueError("the steps of its series and its arrays differ")
    series = Series(lags, horizon, season or 0)
    for name, array in series.arrays().items():
        if (array.shape, array.dtype) != (own[name].shape, own[name].dtype) or not np.isfinite(own[name]).all():
            raise ValueError(f"its array {name} is not that of a series")
        array[:] = own[name]
    series.beside = steps_beside(arrays, about)
    series.check()
    return series
