"""Streams that nothing was chosen on: made after the rates of `learning_rate="auto"` had been picked."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from river.datasets import synth

from benchmarks.accuracy.streams import Stream, from_file, stream

ROWS = 9_000


def later(folder: Path | None) -> Iterator[Stream]:
    yield from generated_classes()
    yield from written_classes()
    yield from generated_targets()
    yield from written_targets()
    if folder:
        yield from ends(folder)


def generated_classes() -> Iterator[Stream]:
    """River's generators, with abrupt and steady drift and without."""
    yield stream("Mixed", synth.Mixed(seed=5).take(ROWS))
    yield stream("Sine", synth.Sine(classification_function=2, seed=5, has_noise=True).take(ROWS))
    yield abrupt("STAGGER", [synth.STAGGER(classification_function=k, seed=k) for k in range(3)])
    yield abrupt("Sine", [synth.Sine(classification_function=k, seed=k) for k in range(4)])
    yield abrupt("Agrawal", [synth.Agrawal(classification_function=k, seed=k) for k in (0, 4, 7)])
    yield stream("Waveform", synth.Waveform(seed=5, has_noise=True).take(ROWS))
    yield stream("RandomRBF", synth.RandomRBF(5, 5, n_classes=5, n_features=20, n_centroids=50).take(ROWS))
    fast = synth.RandomRBFDrift(
        5, 5, n_classes=3, n_features=8, n_centroids=20, n_drift_centroids=20, change_speed=0.005
    )
    yield stream("RandomRBFDrift, fast", fast.take(ROWS))
    tree = synth.RandomTree(5, 5, n_num_features=6, n_cat_features=2, max_tree_depth=6)
    yield stream("RandomTree", tree.take(ROWS))
    led = synth.LEDDrift(seed=5, noise_percentage=0.1, irrelevant_features=True, n_drift_features=7)
    yield stream("LEDDrift", led.take(ROWS))


def abrupt(name: str, concepts: list) -> Stream:
    parts = (concept.take(ROWS // len(concepts)) for concept in concepts)
    return stream(f"{name}, abrupt", itertools.chain(*parts))


def written_classes() -> Iterator[Stream]:
    """Labels that are noise, that are linear, and of which one is rare."""
    rng = np.random.default_rng(7)
    x = rng.standard_normal((ROWS, 20))
    yield table("noise", x, rng.random(ROWS) < 0.5)
    yield table("linear", x, x @ rng.standard_normal(20) + rng.logistic(scale=2.0, size=ROWS) > 0.0)
    yield table("one class rare", x, x[:, 0] + x[:, 1] * x[:, 2] > 3.2)


def generated_targets() -> Iterator[Stream]:
    yield stream("Planes2D", synth.Planes2D(seed=5).take(ROWS))
    yield stream("Friedman, exp", ((x, float(np.exp(y / 3.0))) for x, y in synth.Friedman(seed=5).take(ROWS)))
    for kind, window in (("gra", 0), ("gsg", 1_000)):
        drift = synth.FriedmanDrift(drift_type=kind, position=(3_000, 6_000), transition_window=window, seed=5)
        yield stream(f"FriedmanDrift, {kind}", drift.take(ROWS))


def written_targets() -> Iterator[Stream]:
    """Targets without noise, of nothing but noise, with heavy tails, and what follows in a series."""
    rng = np.random.default_rng(8)
    x, n = rng.standard_normal((ROWS, 10)), np.arange(ROWS)
    yield table("no noise", x, np.sin(4.0 * x[:, 0]) + x[:, 1] * x[:, 2])
    yield table("no noise, linear", x, x @ np.arange(10.0))
    yield table("noise, target", x, rng.standard_normal(ROWS))
    yield table("heavy tails", x, 5.0 * x[:, 0] + 3.0 * x[:, 1] + rng.standard_t(2, ROWS))
    concepts = rng.standard_normal((3, 10))[n * 3 // ROWS]
    yield table("linear, abrupt", x, (x * concepts).sum(axis=1) + 0.3 * rng.standard_normal(ROWS))
    yield series("random walk", np.cumsum(rng.standard_normal(ROWS)), 8)
    growing = np.sin(n / 20.0) * (1.0 + n / 4_000.0) + 0.3 * np.sin(n / 3.3) + 0.1 * rng.standard_normal(ROWS)
    yield series("growing waves", growing, 12)


def table(name: str, x: np.ndarray, y: np.ndarray) -> Stream:
    names = [f"x{column}" for column in range(x.shape[1])]
    return Stream(name, [dict(zip(names, row, strict=True)) for row in x.tolist()], y.tolist())


def series(name: str, values: np.ndarray, lags: int) -> Stream:
    """The next value from the last ones."""
    windows = np.lib.stride_tricks.sliding_window_view(values, lags + 1)
    return table(name, windows[:, :-1], windows[:, -1])


def ends(folder: Path) -> Iterator[Stream]:
    """The last rows of two long files, and a day ahead in a third, where the folder has them."""
    for name in ("elec2", "occupancy"):
        for path in folder.glob(f"{name}.csv*"):
            whole = from_file(path, rows=None)
            yield Stream(f"{name}, its end", whole.xs[-ROWS:], whole.ys[-ROWS:], whole.total)
    for path in folder.glob("etth1.csv*"):
        hours = from_file(path)
        xs = [{**x, "now": y} for x, y in zip(hours.xs, hours.ys, strict=True)]
        yield Stream("etth1, a day ahead", xs[:-24][-ROWS:], hours.ys[24:][-ROWS:], hours.total)
