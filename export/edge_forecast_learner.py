"""What learns to forecast on the device: NumPy and onnxruntime, nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from streamnorm import files
from streamnorm.features import LIMIT, FeatureIndex
from streamnorm.series import Shown
from streamnorm.typing import Array

from . import seal, wire
from .learning.metadata import LearningMetadata
from .learning_session import LearningSession
from .series_arrays import arrays_of, names_beside, series_of
from .tasks import Forecast


class EdgeForecastLearner:
    """Learns and forecasts with a file of `to_onnx(model, path, learn=True)`, as the `NormPropForecaster` itself would.

    The file goes on with the series where the model stood: give each value once. What is learned stays in memory until
    `save` writes it back into a file of the same form. Features beside the values that the file does not know are
    ignored, though they must be numbers as well. An object serves one thread.

    Parameters
    ----------
    path
        The file.

    Attributes
    ----------
    task
        `"forecast"`.
    horizon
        How many steps ahead it learns.
    features_
        The network's inputs: lags, and a pair of name and step for what is known beside the values.

    Raises
    ------
    FileNotFoundError
        Where there is no such file.
    ValueError
        For a file that was changed or damaged since its export or its last `save`, or not written by `to_onnx` with
        `learn=True` for a forecaster; for a value or a feature that is not finite.
    TypeError
        For a value or a feature that is not a number.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from river import datasets, metrics
    >>> from streamnorm import NormPropForecaster
    >>> from streamnorm.export import EdgeForecastLearner, to_onnx
    >>> values = [y for _, y in datasets.AirlinePassengers()]
    >>> model = NormPropForecaster(season=12, seed=42)
    >>> for y in values[:72]:
    ...     model.learn_one(y)
    >>> with tempfile.TemporaryDirectory() as directory:
    ...     path = pathlib.Path(directory, "passengers.onnx")
    ...     proto = to_onnx(model, path, learn=True)
    ...     device = EdgeForecastLearner(path)
    >>> metric = metrics.MAE()
    >>> for y in values[72:]:
    ...     metric.update(y, device.forecast(1)[0])
    ...     device.learn_one(y)
    >>> metric
    MAE: 10.491843

    """

    def __init__(self, path: str | Path) -> None:
        try:
            self._content = seal.read(path)
            about = LearningMetadata.from_props(wire.metadata(self._content))
            if not isinstance(about.task, Forecast):
                raise ValueError("it is no forecaster's: open it with EdgeLearner")
            self._session = LearningSession(self._content, about)
            self._series = series_of(wire.initializers(self._content), about)
        except OSError:
            raise
        except Exception as error:  # onnxruntime's errors have nothing else in common.
            raise ValueError(f"{path} is damaged, or not a file that learns: {error}") from error
        self.horizon = about.outputs
        self._features = FeatureIndex(about.features)
        self._beside = {*names_beside(about.features)}

    @property
    def task(self) -> str:
        return Forecast.name

    @property
    def features_(self) -> list[Any]:
        return list(self._features.names)

    def learn_one(self, y: float, x: Mapping[Any, Any] | None = None) -> None:
        """The next value of the series.

        Parameters
        ----------
        y
            The value, a finite number.
        x
            What is known beside it: a dictionary of features, every value a finite number.

        """
        value, beside = self._series.checked(y), self._series.beside.checked(x)
        known = {name: number for name, number in beside.items() if name in self._beside}
        self._series.learn(self._learned, value, known)

    def forecast(self, horizon: int, xs: Sequence[Mapping[Any, Any]] | None = None) -> list[float]:
        """Forecasts of the next values; changes nothing. Beyond the file's horizon they follow on themselves.

        Parameters
        ----------
        horizon
            How many steps ahead, 1 or more.
        xs
            The features of each of these steps, needed where the file has any.

        """
        beside = self._series.ahead(horizon, xs, self._features.names)
        return self._series.forecast(self._correction, horizon, beside)

    def save(self, path: str | Path) -> None:
        """Write what has been learned into a complete file of the same form, from which learning goes on bit for bit.

        Parameters
        ----------
        path
            Where to, replaced in one step; the file that was read, if one likes.

        Raises
        ------
        OSError
            Where the file cannot be written. The old one, if there is one, stays as it was.

        """
        arrays = self._session.state | arrays_of(self._series, self._features.names)
        files.replace(path, seal.sealed(wire.with_arrays(seal.unsealed(self._content), arrays)))

    def _learned(self, shown: Shown, off: Array) -> Array:
        self._read(shown)
        self._session.y[0] = np.clip(off, -LIMIT, LIMIT)  # Beyond it would not count as known.
        self._session.learn()
        return self._prediction()

    def _correction(self, shown: Shown) -> Array:
        self._read(shown)
        self._session.predict()
        return self._prediction()

    def _read(self, shown: Shown) -> None:
        values, present, _ = self._features.read(shown)
        self._session.x[0] = values if present is None else np.where(present, values, np.nan)

    def _prediction(self) -> Array:
        prediction: Array = self._session.prediction[0]
        return prediction
