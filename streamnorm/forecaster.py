from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from river import time_series

from streamnorm.arguments import is_count, require_one_of
from streamnorm.estimator import NormProp
from streamnorm.history_window import window_shape
from streamnorm.layers import DECLARED, Declared
from streamnorm.regressor import LOSSES
from streamnorm.series import Series, Shown
from streamnorm.standardizer import WINSOR, Standardizer
from streamnorm.typing import Array

# Longer windows and horizons are typing errors, or hostile files.
LONGEST = 10_000


class NormPropForecaster(NormProp, time_series.base.Forecaster):
    """Neural network forecaster of a time series that learns one value at a time, by Normalization Propagation.

    It starts as a naive forecast and leaves it as far as that pays. For each step ahead it weighs the last value and,
    with a `season`, the value of a season before, as it was and moved by the change since. From the differences among
    the latest values the network learns what is wrong with their mean, for all steps ahead at once, and how much of
    that correction counts is weighed at each step as well. A window is learned as soon as its whole horizon is known.

    Parameters
    ----------
    lags
        How many values before the last one the network sees, from 1 to 10,000.
    horizon
        How many steps ahead it learns, from 1 to 10,000. Forecasts may go further: then its own forecasts stand for the
        values.
    season
        After how many steps the series repeats itself, such as 12 for months or 24 for hours; None where it does not.
    hidden
        Widths of the hidden layers, input side first; a list in River's parameter grids. `()` is a linear correction.
        Layers of `streamnorm.layers` such as `Conv1d(16, 5)`, or `"sensor"`, go along the latest values, of which the
        differences to the last one are a channel, and the seasonal changes another: then without features beside them.
    learning_rate
        One rate above 0 and up to 1. Or `"auto"`, which mixes three rates by how well each has done: but as windows
        overlap, the faster ones look better than they are, and one small rate predicts better.
    optimizer
        `"rmsprop"`, `"sgd"` or `"adam"`.
    loss
        `"huber"`: squared error up to one standard deviation of the correction, absolute error beyond; or
        `"squared_error"`.
    activation
        As for `NormPropRegressor`.
    standardize
        Whether the model standardises its inputs, the differences among the values included.
    fading_factor
        Weight of the newest value in the running statistics, from 0 to below 1, for series whose scale moves.
    engine
        Who runs the arithmetic, as for `NormPropRegressor`.
    dtype
        Type of the network's arrays, `"float32"` or `"float64"`.
    seed
        Seed of the initial weights, for reproducibility.

    Attributes
    ----------
    features_
        The network's inputs: lags, and a pair of name and step for what is known beside the values. Where layers go
        along the values, the channels 0, 1.
    learning_rates_
        The learning rates, and how much the predictions made at each of them count.

    Raises
    ------
    ValueError, TypeError
        For a wrong argument, and for a value or a feature that is not a finite number. The model stays as it was.

    References
    ----------
    [^1]: Arpit, D., Zhou, Y., Kota, B. and Govindaraju, V., 2016. Normalization Propagation: A Parametric Technique for
    Removing Internal Covariate Shift in Deep Networks. ICML. arXiv:1603.01431.

    [^2]: Hyndman, R.J. and Athanasopoulos, G., 2021. Forecasting: Principles and Practice, section 5.2: some simple
    forecasting methods. https://otexts.com/fpp3/simple-methods.html

    Examples
    --------
    One to three months ahead. (River's `evaluate` compares a forecast with values one step later than what it is for.)

    >>> from river import datasets, metrics, time_series
    >>> from streamnorm import NormPropForecaster
    >>> model = NormPropForecaster(season=12, seed=42)
    >>> metric = time_series.HorizonMetric(metrics.MAE())
    >>> values = [y for _, y in datasets.AirlinePassengers()]
    >>> for t, y in enumerate(values, 1):
    ...     model.learn_one(y)
    ...     if t >= 12:
    ...         metric.update(values[t : t + 3], model.forecast(3))
    >>> metric
    +1 MAE: 9.858132
    +2 MAE: 12.17576
    +3 MAE: 14.056832

    """

    def __init__(
        self,
        lags: int = 12,
        horizon: int = 12,
        season: int | None = None,
        hidden: tuple[Declared, ...] | str = (32,),
        learning_rate: float | str = 0.0003,
        optimizer: str = "rmsprop",
        loss: str = "huber",
        activation: str = "relu",
        standardize: bool = True,
        fading_factor: float = 0.0,
        engine: str = "auto",
        dtype: str = "float32",
        seed: int | None = None,
    ) -> None:
        self.lags = lags
        self.horizon = horizon
        self.season = season
        self.hidden = tuple(hidden) if isinstance(hidden, list) else hidden
        self.learning_rate = learning_rate
        self.optimizer = optimizer
        self.loss = loss
        self.activation = activation
        self.standardize = standardize
        self.fading_factor = fading_factor
        self.engine = engine
        self.dtype = dtype
        self.seed = seed
        for name, steps in (("lags", lags), ("horizon", horizon), ("season", 1 if season is None else season)):
            if not (is_count(steps) and steps <= LONGEST):
                raise ValueError(f"{name} is an int from 1 to {LONGEST:,}, not {steps!r}")
        require_one_of("loss", loss, LOSSES)
        self.input_shape = self._shape(self._get_params())
        self._learner = self._build(LOSSES[loss], Standardizer(fading_factor, clip=WINSOR, dtype="float64"))
        self._series = Series(lags, horizon, season or 0, window=self.input_shape is not None)

    def learn_one(self, y: float, x: dict[Any, Any] | None = None) -> None:
        """The next value of the series.

        Parameters
        ----------
        y
            The value, a finite number.
        x
            What is known beside it, and will be known ahead of the values to forecast: a dictionary of features, every
            value a finite number.

        """
        value, beside = self._series.checked(y), self._series.beside.checked(x)
        self._check_beside([beside])
        with self._learner.alone():
            self._series.learn(self._learned, value, beside)

    def forecast(self, horizon: int, xs: Sequence[Mapping[Any, Any]] | None = None) -> list[float]:
        """Forecasts of the next values; changes nothing. 0 before the first value.

        Parameters
        ----------
        horizon
            How many steps ahead, 1 or more.
        xs
            The features of each of these steps, needed where the model has learned with features. Each forecast draws
            on those of all steps of the trained horizon; the ones beyond what was asked for count as their mean.

        """
        with self._learner.alone():
            beside = self._series.ahead(horizon, xs, self._learner.features.names)
            self._check_beside(beside)
            return self._series.forecast(self._correction, horizon, beside)

    def _check_beside(self, steps: Iterable[dict[Any, float]]) -> None:
        if self.input_shape and any(steps):
            raise ValueError(
                "features beside the values have no place in a window that filters slide along: leave them out, or "
                "give widths alone as hidden"
            )

    def _learned(self, shown: Shown, off: Array) -> Array:
        """The correction of before a step; the network gets its outputs with the first."""
        learner = self._learner
        row = learner.admit(shown)  # Raises before there are outputs.
        if not learner.mixture.fan_out:
            learner.add_outputs(self.horizon)
        return learner.learn_row(row, off, 1.0)

    def _correction(self, shown: Shown) -> Array:
        learner = self._learner
        return learner.predict_row(learner.known(shown)) if learner.mixture.fan_out else np.zeros(self.horizon)

    _task = "forecast"

    def _output_names(self) -> list[Any]:
        return [*range(1, self._learner.mixture.fan_out + 1)]

    @staticmethod
    def _shape(parameters: dict[str, Any]) -> tuple[int, ...] | None:
        hidden = parameters["hidden"]
        along = isinstance(hidden, tuple) and any(isinstance(layer, DECLARED) for layer in hidden)
        if along or isinstance(hidden, str):
            return window_shape(parameters["lags"], parameters["season"] or 0)
        return None

    @staticmethod
    def _n_outputs(state: dict[str, Any], fan_in: int) -> int:
        return int(state["outputs"])

    def _state(self) -> dict[str, Any]:
        return {**super()._state(), "outputs": self._learner.mixture.fan_out, "beside": self._series.beside.to_json()}

    def _arrays(self) -> dict[str, Array]:
        return super()._arrays() | self._series.arrays()

    def _restore(self, state: dict[str, Any], arrays: dict[str, Array]) -> None:
        if state["outputs"] not in (0, self.horizon):
            raise ValueError("the horizon and the outputs differ")
        self._learner.add_outputs(state["outputs"])
        super()._restore(state, arrays)
        self._series.check()
        self._series.beside.restore(state["beside"])
        self._check_beside(self._series.beside.steps)
