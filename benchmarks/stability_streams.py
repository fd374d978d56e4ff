"""Streams as they come, and streams that are out to break a learner."""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from river import datasets
from river.datasets import synth

ROWS = 1_000


class Stream(NamedTuple):
    name: str
    xs: list[dict[Any, float]]
    ys: list[Any]

    @property
    def is_classification(self) -> bool:
        return not isinstance(self.ys[0], float)


def numeric(x: dict[Any, Any]) -> dict[Any, float]:
    """Numbers as they are, a time of day as hour and weekday."""
    numbers = {}
    for name, value in x.items():
        if isinstance(value, datetime.datetime):
            numbers |= {f"{name} hour": value.hour, f"{name} weekday": value.weekday()}
        else:
            numbers[name] = value
    return numbers


def friendly() -> Iterator[Stream]:
    """Streams as they come."""
    drift = synth.RandomRBFDrift(seed_model=1, seed_sample=1, n_classes=4, n_features=10, change_speed=0.0005)
    for dataset in (datasets.Phishing(), datasets.Bananas(), datasets.ImageSegments(), datasets.Shuttle(), drift):
        xs, ys = zip(*itertools.islice(dataset, ROWS), strict=True)
        yield Stream(type(dataset).__name__, [numeric(x) for x in xs], list(ys))
    for dataset in (datasets.TrumpApproval(), datasets.ChickWeights(), datasets.WaterFlow(), synth.Friedman(seed=1)):
        xs, ys = zip(*itertools.islice(dataset, ROWS), strict=True)
        yield Stream(type(dataset).__name__, [numeric(x) for x in xs], [float(y) for y in ys])


def hostile() -> Iterator[Stream]:
    """One target, and everything that can be wrong with features and targets around it."""
    rng = np.random.default_rng(0)
    n, half = ROWS, ROWS // 2
    z = rng.standard_normal((n, 10))
    noise = rng.standard_normal(n)

    def signal(x):
        return np.tanh(x[:, 0]) + np.tanh(x[:, 1] * x[:, 2]) + 0.5 * np.sign(x[:, 5] - 1.0)

    def both(name, x, y, labels=None) -> list[Stream]:
        labels = y > np.median(y) if labels is None else labels
        xs = [dict(enumerate(row)) for row in x.tolist()]
        return [Stream(f"{name}, classes", xs, labels.tolist()), Stream(f"{name}, target", xs, y.tolist())]

    y = signal(z) + 0.3 * noise
    cauchy, lognormal = rng.standard_cauchy((n, 10)), rng.lognormal(0.0, 3.0, (n, 10))
    yield from both("Cauchy", cauchy, 3.0 * signal(cauchy) + rng.standard_cauchy(n))
    yield from both("lognormal", lognormal, np.exp(2.0 * signal(lognormal) + 1.5 * noise))
    rare = (rng.random((n, 40)) < 0.001).astype(float)
    yield from both("rare binary", np.c_[rare, z], y + rare @ rng.normal(0.0, 3.0, 40))
    late = np.arange(n) >= half
    scale = np.where(late, 1000.0, 1.0)
    yield from both("level shift x1000", z * scale[:, None], y * scale, y > 0.0)
    spikes = 1000.0 * (rng.random((2, n)) < 0.002) * rng.choice([-1.0, 1.0], (2, n))
    yield from both("spikes of 1000 sd", z + spikes[0][:, None], y + y.std() * spikes[1], y > 0.0)
    yield from both(
        "constant, then changing", np.where(late[:, None], z, 3.1), np.where(late, y, 7.0), (y > 0.0) & late
    )
    yield from both("features around 1e30", 1e30 + 1e29 * z, y)
    for factor in (1e6, 1e-6):
        yield both(f"target times {factor:g}", z, factor * y)[1]
