"""Forecasts of the series that River bundles, beside River's forecasters and the naive ones.

`python -m benchmarks.forecast` writes its tables into docs/forecast.md, which says how to read them.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from river import datasets, linear_model, optim, preprocessing, time_series

from benchmarks.page import fill, table
from streamnorm import NormPropForecaster
from streamnorm.naive import Naive


class Task(NamedTuple):
    """A series, how far ahead it is forecast, and after how many steps it repeats itself."""

    values: list[float]
    horizon: int
    season: int | None


class Result(NamedTuple):
    """Mean absolute error of each step ahead, and microseconds of the processor to learn a value and forecast."""

    mae: np.ndarray
    cost: float


def mackey_glass(n: int) -> list[float]:
    """A chaotic series of a delay differential equation (Mackey and Glass, 1977), one value a unit of time."""
    steps, delay = 10, 17
    x = [1.2] * (delay * steps + 1)
    for _ in range(n * steps):
        late = x[-1 - delay * steps]
        x.append(x[-1] + (0.2 * late / (1.0 + late**10) - 0.1 * x[-1]) / steps)
    return x[-n * steps :: steps]


class OneNaive(time_series.base.Forecaster):
    """One of the naive forecasts, by its place in `Naive.forecasts`."""

    def __init__(self, horizon, season, which):
        self.naive = Naive(horizon, season or 0)
        self.which = which
        self.values = []

    def learn_one(self, y, x=None):
        self.values.append(y)

    def forecast(self, horizon, xs=None):
        return self.naive.forecasts(np.array(self.values), len(self.values))[:, self.which].tolist()


class Untrusting(Naive):
    """Takes nothing of a model's correction."""

    trust = 0.0


class NoNetwork(NormPropForecaster):
    """The naive forecasts alone, by their shares."""

    def __init__(self, **arguments):
        super().__init__(**arguments)
        self._series.naive = Untrusting(self.horizon, self.season or 0)


def tasks() -> dict[str, Task]:
    def values(dataset):
        return [float(y) for _, y in dataset]

    return {
        "AirlinePassengers": Task(values(datasets.AirlinePassengers()), 12, 12),
        "WaterFlow": Task(values(datasets.WaterFlow()), 24, 24),
        "TrumpApproval": Task(values(datasets.TrumpApproval()), 7, None),
        "MackeyGlass": Task(mackey_glass(3_000), 12, None),
    }


def linear(rate: float, **intercept: float) -> Any:
    return preprocessing.StandardScaler() | linear_model.LinearRegression(optimizer=optim.SGD(rate), **intercept)


def models(task: Task) -> dict[str, list[tuple[str, Callable[[], Any]]]]:
    """For each kind of forecaster its settings."""
    horizon, m = task.horizon, task.season
    kinds: dict[str, list[tuple[str, Callable[[], Any]]]] = {
        "NormPropForecaster": [
            (f"{'' if m is None else f'season={m}, '}seed {seed}", _normprop(horizon, m, seed)) for seed in (1, 2, 3)
        ],
        "the same without its network": [("", lambda: NoNetwork(horizon=horizon, season=m, seed=1))],
        "the last value": [("", lambda: OneNaive(horizon, m, 0))],
    }
    if m:
        kinds["a season before"] = [("", lambda: OneNaive(horizon, m, 1))]
        kinds["a season before, and the change since"] = [("", lambda: OneNaive(horizon, m, 2))]
    orders = [{"p": p, "d": d, "q": q} for p in (1, 12) for d in (0, 1) for q in (0, 12)]
    if m:
        orders += [{"p": p, "d": d, "q": q, "m": m, "sd": 1} for p in (1, m) for d in (0, 1) for q in (0, m)]
    regressors = {"rate 0.01": {"rate": 0.01}, "rate 0.001": {"rate": 0.001}}
    if m == 12:
        regressors["River's example"] = {"rate": 0.01, "intercept_init": 110, "intercept_lr": 0.3}
    kinds["SNARIMAX"] = [
        (f"{_shown(order)}, {name}", _snarimax(order, regressor))
        for order in orders
        for name, regressor in regressors.items()
    ]
    smoothings = [{"alpha": a, "beta": b} for a in (0.3, 0.9) for b in (None, 0.1)]
    if m:
        smoothings += [
            {"alpha": a, "beta": 0.1, "gamma": 0.6, "seasonality": m, "multiplicative": product}
            for a in (0.3, 0.9)
            for product in (False, True)
        ]
    kinds["HoltWinters"] = [(_shown(arguments), _holt_winters(arguments)) for arguments in smoothings]
    return kinds


def _normprop(horizon: int, season: int | None, seed: int) -> Callable[[], Any]:
    return lambda: NormPropForecaster(horizon=horizon, season=season, seed=seed)


def _snarimax(order: dict[str, int], regressor: dict[str, float]) -> Callable[[], Any]:
    return lambda: time_series.SNARIMAX(**order, regressor=linear(**regressor))


def _holt_winters(arguments: dict[str, Any]) -> Callable[[], Any]:
    return lambda: time_series.HoltWinters(**arguments)


def _shown(arguments: dict[str, Any]) -> str:
    return ", ".join(f"{name}={value}" for name, value in arguments.items() if value is not None)


def race(task: Task, model: Any) -> Result:
    """Learn a value, forecast the horizon, go on. Nothing is forecast before a season, or a horizon, is known."""
    values, horizon = np.array(task.values), task.horizon
    first = max(horizon, task.season or 0)
    errors, began = [], time.process_time()
    for t, y in enumerate(task.values, 1):
        model.learn_one(y)
        if first <= t <= len(values) - horizon:
            errors.append(np.abs(np.array(model.forecast(horizon)) - values[t : t + horizon]))
    return Result(np.mean(errors, axis=0), (time.process_time() - began) / len(values) * 1e6)


def row(kind: str, setting: str, result: Result, scale: float) -> list[str]:
    mae = result.mae
    errors = [mae[0], mae[len(mae) // 2 - 1], mae[-1], mae.mean()]
    return [kind, setting, *(f"{e:.3g}" for e in errors), f"{mae.mean() / scale:.3g}", f"{result.cost:.0f}"]


def page(task: Task) -> str:
    half = task.horizon // 2
    baseline = "season before" if task.season else "last value"
    head = ["forecaster", "setting", "+1", f"+{half}", f"+{task.horizon}", "mean", f"over {baseline}", "µs a value"]
    results = {
        kind: [(setting, race(task, build())) for setting, build in settings] for kind, settings in models(task).items()
    }
    scale = results["a season before" if task.season else "the last value"][0][1].mae.mean()
    rows = []
    for kind, tried in results.items():
        if kind == "NormPropForecaster":  # Its defaults; the mean over the seeds.
            mae, cost = (np.mean([result[i] for _, result in tried], axis=0) for i in (0, 1))
            setting = "" if task.season is None else f"season={task.season}"
            rows.append(row(kind, setting, Result(mae, float(cost)), scale))
            continue
        means = [result.mae.mean() for _, result in tried]
        best, middle = int(np.argmin(means)), int(np.argsort(means)[len(means) // 2])
        note = f"best of {len(tried)} in hindsight: " if len(tried) > 1 else ""
        rows.append(row(kind, note + tried[best][0], tried[best][1], scale))
        if len(tried) > 1:
            rows.append(row(kind, f"the middle one of them: {tried[middle][0]}", tried[middle][1], scale))
    return table(head, rows)


if __name__ == "__main__":
    warnings.simplefilter("ignore")  # Forecasts of River's that overflow.
    for name, task in tasks().items():
        fill("forecast.md", name, page(task))
