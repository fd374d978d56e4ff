"""What forecasts on the device: NumPy and onnxruntime, nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from streamnorm.arguments import checked_value
from streamnorm.features import feature_number

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
        How many steps ahead it goes.

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
            self.needed, self.horizon = metadata.needed, metadata.horizon
            self._columns = {feature: column for column, feature in enumerate(metadata.features)}
            if len(self._run([0.0] * self.needed, [{}] * self.horizon)) != self.horizon:
                raise ValueError("its output is not as long as its horizon")
        except OSError:
            raise
        except Exception as error:  # onnxruntime's errors have nothing else in common.
            raise ValueError(f"{path} is damaged, or not the file of a forecaster: {error}") from error

    def forecast(self, values: Sequence[Any], xs: Sequence[Mapping[Any, Any]] | None = None) -> list[float]:
        """Forecasts of the values that follow, as many as the horizon has.

        Parameters
        ----------
        values
            The latest values of the series, the newest last, as many as `needed` or more.
        xs
            The features of each step of the horizon, where the model has learned with features.

        """
        if len(values) < self.needed:
            raise ValueError(f"a forecast looks at the latest {self.needed} values, and there are {len(values)}")
        if xs is None and self._columns:
            raise ValueError(f"the model has learned with features: give xs, a dict for each of {self.horizon} steps")
        if xs is not None and len(xs) != self.horizon:
            raise ValueError(f"xs has the features of {len(xs)} steps, and the horizon is {self.horizon}")
        return self._run([checked_value(value) for value in values[-self.needed :]], xs or [])

    def _run(self, values: list[float], xs: Sequence[Mapping[Any, Any]]) -> list[float]:
        feed = {"values": np.array([values])}
        if self._columns:
            x = np.full((1, len(self._columns)), np.nan, np.float32)
            for step, features in enumerate(xs, 1):
                for name, value in features.items():
                    number = feature_number(name, value)
                    if (name, step) in self._columns:
                        x[0, self._columns[name, step]] = number
            feed["x"] = x
        (forecast,) = self._session.run(["forecast"], feed)
        told: list[float] = forecast[0].tolist()
        return told
