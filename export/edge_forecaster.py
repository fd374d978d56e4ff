"""What forecasts on the device: NumPy and onnxruntime, nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from streamnorm.arguments import checked_horizon
from streamnorm.beside import Beside
from streamnorm.series import Series

from . import seal
from .forecast_metadata import ForecastMetadata
from .session import open_session


class EdgeForecaster:
    """Forecasts with a `NormPropForecaster`'s file, as the model itself would behind these values.

    Parameters
    ----------
    path
        The file.

    Attributes
    ----------
    needed
        How many of the latest values a forecast looks at.
    horizon
        How many steps ahead it has learned.
    features_
        What is known beside the values: pairs of name and step. Empty where the model has learned from values alone.

    Raises
    ------
    FileNotFoundError
        Where there is no such file.
    ValueError
        For a file that was changed or damaged since its export, or is no forecaster's.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from river import datasets
    >>> from streamnorm import NormPropForecaster
    >>> from streamnorm.export import EdgeForecaster, to_onnx
    >>> model = NormPropForecaster(season=12, seed=42)
    >>> values = [y for _, y in datasets.AirlinePassengers()]
    >>> for y in values:
    ...     model.learn_one(y)
    >>> with tempfile.TemporaryDirectory() as directory:
    ...     path = pathlib.Path(directory, "passengers.onnx")
    ...     proto = to_onnx(model, path)
    ...     edge = EdgeForecaster(path)
    >>> max(abs(a - b) for a, b in zip(edge.forecast(values), model.forecast(12))) < 1e-3
    True

    """

    def __init__(self, path: str | Path) -> None:
        try:
            self._session = open_session(seal.read(path))
            metadata = ForecastMetadata.from_props(self._session.get_modelmeta().custom_metadata_map)
            self.needed, self.horizon, self.features_ = metadata.needed, metadata.horizon, metadata.features
            self._columns = {feature: column for column, feature in enumerate(metadata.features)}
            # Before anything is as long as the metadata says.
            if self._widths() != [self.needed, *([len(self._columns)] if self._columns else []), self.horizon]:
                raise ValueError("its inputs and outputs are not as wide as its metadata says")
            self._beside = Beside(self.horizon)
            self._run([0.0] * self.needed, [])
        except OSError:
            raise
        except Exception as error:  # onnxruntime's errors have nothing else in common.
            raise ValueError(f"{path} is damaged, or not the file of a forecaster: {error}") from error

    def forecast(
        self, values: Sequence[Any], xs: Sequence[Mapping[Any, Any]] | None = None, *, horizon: int | None = None
    ) -> list[float]:
        """Forecasts of the values that follow.

        Parameters
        ----------
        values
            The latest values of the series, the newest last, as many as `needed` or more.
        xs
            The features of each step to forecast, needed where the model has learned with features.
        horizon
            How many steps ahead; without it as many as the file has. Further ones follow on the forecasts themselves.

        """
        steps = self.horizon if horizon is None else checked_horizon(horizon)
        if not hasattr(values, "__len__"):
            raise TypeError(f"values are the latest of the series, {self.needed} or more, not {values!r:.60}")
        if len(values) < self.needed:
            raise ValueError(f"a forecast looks at the latest {self.needed} values, and there are {len(values)}")
        beside = self._beside.ahead(steps, xs, needed=bool(self._columns))
        # A deque has no slices.
        latest = [Series.checked(value) for value in islice(values, len(values) - self.needed, None)]
        told: list[float] = []
        while len(told) < steps:
            told += self._run((latest + told)[-self.needed :], beside[len(told) : len(told) + self.horizon])
        return told[:steps]

    def _widths(self) -> list[Any]:
        """Of the file's inputs `values` and `x`, and of its output."""
        shapes = {value.name: value.shape for value in (*self._session.get_inputs(), *self._session.get_outputs())}
        return [shapes[name][1] for name in ("values", "x", "forecast") if name in shapes]

    def _run(self, values: list[float], xs: Sequence[Mapping[Any, float]]) -> list[float]:
        feed = {"values": np.array([values])}
        if self._columns:
            x = np.full((1, len(self._columns)), np.nan, np.float32)
            for step, features in enumerate(xs, 1):
                for name, number in features.items():
                    if (name, step) in self._columns:
                        x[0, self._columns[name, step]] = number
            feed["x"] = x
        (forecast,) = self._session.run(["forecast"], feed)
        told: list[float] = forecast[0].tolist()
        return told
