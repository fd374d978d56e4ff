"""Streams with known anomalies, and ordinary ones."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from river import datasets
from river.datasets import synth
from sklearn.datasets import load_digits

ROWS = 10_000
RARE = 0.05


class Stream(NamedTuple):
    """Samples, and for each whether it is an anomaly."""

    xs: list[dict[str, float]]
    ys: list[bool]


def with_anomalies() -> dict[str, Stream]:
    return {"Shuttle": shuttle(), "ImageSegments, sky": segments("sky"), "sensors": sensors()}


def ordinary() -> dict[str, Stream]:
    """Streams without labelled anomalies, and Shuttle with and without its own."""
    streams = {
        "Shuttle": datasets.Shuttle(),
        "Shuttle, ordinary samples only": ((x, y) for x, y in datasets.Shuttle() if not y),
        "ImageSegments": datasets.ImageSegments(),
        "Bananas": datasets.Bananas(),
        "Phishing": datasets.Phishing(),
        "digits": ((dict(enumerate(x)), 0) for x in load_digits(return_X_y=True)[0].tolist()),
        "Agrawal": synth.Agrawal(seed=1),
        "Friedman": synth.Friedman(seed=1),
        "Waveform": synth.Waveform(seed=1),
        "RandomRBF": synth.RandomRBF(seed_model=1, seed_sample=1),
        "RandomRBF, drifting": synth.RandomRBFDrift(
            seed_model=1, seed_sample=1, change_speed=0.001, n_drift_centroids=50
        ),
    }
    rows = {name: itertools.islice(rows, 2 * ROWS) for name, rows in streams.items()}
    found = {name: stream((x, name == "Shuttle" and y) for x, y in samples) for name, samples in rows.items()}
    xs = found["RandomRBF"].xs
    later = [{name: 3.0 * value + 5.0 for name, value in x.items()} for x in xs[len(xs) // 2 :]]
    changed = xs[: len(xs) // 2] + later
    return {**found, "RandomRBF, in another unit from the middle on": Stream(changed, [False] * len(changed))}


def stream(rows: Iterable) -> Stream:
    xs, ys = zip(*rows, strict=True)
    return Stream([{str(name): float(value) for name, value in x.items()} for x in xs], [bool(y) for y in ys])


def shuttle() -> Stream:
    return stream(datasets.Shuttle().take(ROWS))


def segments(rare: str) -> Stream:
    """One class in twenty of the others, in random places."""
    rows = [(x, y == rare) for x, y in datasets.ImageSegments()]
    rng = np.random.default_rng(1)
    others = [row for row in rows if not row[1]]
    few = [row for row in rows if row[1]][: int(RARE * len(others))]
    mixed = others + few
    return stream(mixed[i] for i in rng.permutation(len(mixed)))


def sensors() -> Stream:
    """Twelve sensors of four hidden causes; in one sample of a hundred three of them show another moment's value.

    No single value is unusual then, only that they come together.
    """
    rng = np.random.default_rng(1)
    n = ROWS // 2
    X = np.tanh(rng.standard_normal((n, 4)) @ rng.standard_normal((4, 12))) + 0.1 * rng.standard_normal((n, 12))
    y = rng.random(n) < 0.01
    for i in np.flatnonzero(y):
        X[i, rng.choice(12, 3, replace=False)] = X[rng.integers(n), rng.choice(12, 3, replace=False)]
    return stream(zip(map(dict, map(enumerate, X.tolist())), y, strict=True))
