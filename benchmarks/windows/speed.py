"""Microseconds to learn and to predict one sample. Processor time; models take turns."""

from __future__ import annotations

import itertools
import statistics
import time
from typing import NamedTuple

from benchmarks.windows.accuracy import AUTO, ONE
from benchmarks.windows.models import Ours, Setting, Torch, build
from benchmarks.windows.streams import Stream

TURNS = 100
TURN = 8
SGD = ("sgd", 0.01)
RACE: dict[str, tuple[str, Setting]] = {
    "streamnorm": ("streamnorm", AUTO),
    "streamnorm 0.001": ("streamnorm", ONE),
    "streamnorm, SGD": ("streamnorm", SGD),
    "dense streamnorm": ("dense streamnorm", AUTO),
    "ReLU": ("ReLU", ONE),
    "ReLU, SGD": ("ReLU", SGD),
    "LayerNorm": ("LayerNorm", ONE),
    "GroupNorm": ("GroupNorm", ONE),
    "dense ReLU": ("dense ReLU", ONE),
    "dense LayerNorm": ("dense LayerNorm", ONE),
}


class Cost(NamedTuple):
    """Medians over the turns, and how many numbers a network learns."""

    learn: float
    predict: float
    parameters: int


def race(stream: Stream) -> dict[str, Cost]:
    """Every model on the same rows of a stream. torch's are standardised when the clock starts."""
    models = {name: build(kind, stream, setting, seed=1) for name, (kind, setting) in RACE.items()}
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in models}
    rows = itertools.cycle(zip(stream.arrays, stream.classes.tolist(), strict=True))
    for _ in range(TURNS):
        block = list(itertools.islice(rows, TURN))
        for name, model in models.items():
            times[name].append(turn(model, [(model.sample(array), y) for array, y in block]))
    return {
        name: Cost(*(statistics.median(part) for part in zip(*times[name], strict=True)), model.parameters())
        for name, model in models.items()
    }


def turn(model: Ours | Torch, samples: list) -> tuple[float, float]:
    """To learn, and to predict; the first sample fills the caches."""
    (sample, y), *timed = samples
    model.learn(sample, y)
    start = time.process_time()
    for sample, y in timed:
        model.learn(sample, y)
    between = time.process_time()
    for sample, _ in timed:
        model.predict(sample)
    end = time.process_time()
    return (between - start) / len(timed) * 1e6, (end - between) / len(timed) * 1e6
