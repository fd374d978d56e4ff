from __future__ import annotations

import collections
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from river import time_series

from streamnorm import names
from streamnorm.arguments import is_count, require_one_of
from streamnorm.estimator import NormProp
from streamnorm.features import LIMIT, check_name, feature_number, finite_number
from streamnorm.history import History
from streamnorm.naive import Naive
from streamnorm.regressor import LOSSES
from streamnorm.standardizer import WINSOR, Standardizer
from streamnorm.typing import Array

# Longer windows and horizons are typing errors, or hostile files.
LONGEST = 10_000


class NormPropForecaster(NormProp, time_series.base.Forecaster):
    """Neural network forecaster of a time series that learns one value at a time, by Normalization Propagation.

    It starts as a naive forecast and leaves it as far as that pays. For each step ahead it weighs the last value and, with
    a `season`, the value of a season before, as it was and moved by the change since; the network learns what is wrong
    with their mean, for all steps ahead at once, from the differences among the latest values. How much of that correction
    a forecast takes is weighed at each step ahead as well, so that a series that cannot be foretold costs little.

    A window is learned as soon as its whole horizon is known, in one step a value.

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
    learning_rate
        One rate above 0 and up to 1. Or `"auto"`, which mixes three rates by how well each has done; they are judged on
        windows that overlap, so the faster ones look better than they are, and one small rate is the default.
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
        The network's inputs: lags, and a pair of name and step for what is known beside the values.
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
    What River's `evaluate` gives beside the values are dates, which are no numbers: they are left out.

    >>> from river import compose, datasets, evaluate, metrics
    >>> from streamnorm import NormPropForecaster
    >>> model = compose.Discard("month") | NormPropForecaster(season=12, seed=42)
    >>> evaluate.evaluate(datasets.AirlinePassengers(), model, metrics.MAE(), horizon=3)
    +1 MAE: 0
    +2 MAE: 0
    +3 MAE: 0

    """

    def __init__(
        self,
        lags: int = 12,
        horizon: int = 12,
        season: int | None = None,
        hidden: tuple[int, ...] = (32,),
        learning_rate: float | str = 0.001,
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
        _require_steps("lags", lags)
        _require_steps("horizon", horizon)
        if season is not None:
            _require_steps("season", season)
        require_one_of("loss", loss, LOSSES)
        self._learner = self._build(LOSSES[loss], Standardizer(fading_factor, clip=WINSOR, dtype="float64"))
        self._history = History(lags, season or 0, horizon)
        self._naive = Naive(horizon, season or 0)
        # What is known beside each of the latest values, the newest last.
        self._beside: collections.deque[dict[Any, float]] = collections.deque(maxlen=horizon)

    def learn_one(self, y: float, x: dict[Any, Any] | None = None) -> None:
        """The next value of the series.

        Parameters
        ----------
        y
            The value, a finite number.
        x
            What is known beside it, and will be known ahead of the values to forecast: a dictionary of features, every value
            a finite number.

        """
        value, beside = _checked_value(y), _checked_features(x)
        with self._learner.alone():
            self._history.add(value)
            self._beside.append(beside)
            if self._history.known > self.horizon:
                self._learn()

    def _learn(self) -> None:
        """One step on the window whose horizon ends with the newest value."""
        values, known = self._history.values[: -self.horizon], self._history.known - self.horizon
        targets = self._history.values[-self.horizon :]
        forecasts = self._naive.forecasts(values, known)
        mean = self._naive.mean(forecasts)
        corrected = mean
        if known >= self._history.needed:
            if not self._learner.mixture.fan_out:
                self._learner.add_outputs(self.horizon)
            corrected = mean + self._learner.learn_rows(*self._row(values, self._beside), (targets - mean)[None])[0]
        self._naive.judge(forecasts, corrected, targets)

    def forecast(self, horizon: int, xs: Sequence[Mapping[Any, Any]] | None = None) -> list[float]:
        """Forecasts of the next values; changes nothing. 0 before the first value.

        Parameters
        ----------
        horizon
            How many steps ahead, 1 or more.
        xs
            The features of each of these steps, where the model has learned with features. Each forecast draws on those of
            all steps of the trained horizon; the ones that are not given count as their mean.

        """
        if not is_count(horizon):
            raise ValueError(f"horizon is an int of 1 or more, not {horizon!r}")
        with self._learner.alone():
            beside = self._checked_future(horizon, xs)
            values, known = self._history.values, self._history.known
            told: list[float] = []
            while len(told) < horizon:
                block = self._block(values, known, beside[len(told) : len(told) + self.horizon])
                told += block.tolist()
                # Further ahead its own forecasts stand for the values.
                values = np.concatenate([values, block])[-len(values) :]
                known += len(block)
        return told[:horizon]

    def _block(self, values: Array, known: int, beside: Sequence[dict[Any, float]]) -> Array:
        """Forecasts of the steps that follow on the values, as many as the network has outputs."""
        mean = self._naive.mean(self._naive.forecasts(values, known))
        if not self._learner.mixture.fan_out:
            return mean
        block: Array = mean + self._naive.trust * self._learner.predict_rows(*self._row(values, beside))[0]
        return block

    def _row(self, values: Array, beside: Sequence[dict[Any, float]]) -> tuple[list[Any], Array]:
        """What the network is shown: names, and an array of one row."""
        future = {(name, step): value for step, x in enumerate(beside, 1) for name, value in x.items()}
        row = np.concatenate([self._history.inputs(values), [*future.values()]])
        return [*self._history.names, *future], row[None]

    def _checked_future(self, horizon: int, xs: Sequence[Mapping[Any, Any]] | None) -> list[dict[Any, float]]:
        if xs is None:
            if any(self._beside) or len(self._learner.features.names) > len(self._history.names):
                raise ValueError(
                    f"the model has learned with features beside the values, so a forecast needs xs: the features of "
                    f"each of the {horizon} steps ahead"
                )
            return []
        if len(xs) != horizon:
            raise ValueError(
                f"xs has the features of {len(xs)} steps, for a horizon of {horizon}: give one dict a step"
            )
        return [_checked_features(x) for x in xs]

    @staticmethod
    def _n_outputs(state: dict[str, Any]) -> int:
        return int(state["outputs"])

    def _state(self) -> dict[str, Any]:
        beside = [[names.to_json(x), [*x.values()]] for x in self._beside]
        return {**super()._state(), "outputs": self._learner.mixture.fan_out, "beside": beside}

    def _arrays(self) -> dict[str, Array]:
        own = {f"history.{name}": array for name, array in self._history.arrays().items()}
        own |= {f"naive.{name}": array for name, array in self._naive.arrays().items()}
        return super()._arrays() | own

    def _restore(self, state: dict[str, Any], arrays: dict[str, Array]) -> None:
        if state["outputs"] not in (0, self.horizon):
            raise ValueError("the horizon and the outputs differ")
        self._learner.add_outputs(state["outputs"])
        super()._restore(state, arrays)
        if not np.allclose(self._naive.shares.sum(axis=1), 1.0, rtol=0.0, atol=1e-9):
            raise ValueError("the shares of the naive forecasts do not sum to 1")
        for x, values in state["beside"]:
            self._beside.append(_checked_features(dict(zip(names.from_json(x), values, strict=True))))


def _require_steps(name: str, value: Any) -> None:
    if not (is_count(value) and value <= LONGEST):
        raise ValueError(f"{name} is an int from 1 to {LONGEST:,}, not {value!r}")


def _checked_value(y: Any) -> float:
    """A value of the series as a float, at most as large as a feature may be; raises for what is none."""
    try:
        value = finite_number(y)
    except (TypeError, ValueError) as error:
        raise type(error)(
            f"the value of the series is {error}. Fill the gap, for example with forecast(1)[0]."
        ) from None
    return min(max(value, -LIMIT), LIMIT)


def _checked_features(x: Mapping[Any, Any] | None) -> dict[Any, float]:
    """What is known beside a value, as floats; raises, naming the feature, for what is no number."""
    if x is None:
        return {}
    if not isinstance(x, Mapping):
        raise TypeError(f"what is known beside a value is a dict of features, not {x!r:.60}")
    beside = {}
    for name, value in x.items():
        check_name(name)
        beside[name] = min(max(feature_number(name, value), -LIMIT), LIMIT)
    return beside
