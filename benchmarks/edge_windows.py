"""The learning file of a convolutional net beside the same layers in torch: a table of docs/edge-learner.md.

All take turns in one process with one thread. torch's windows are tensors that are ready, the file's arrays in dicts.
"""

from __future__ import annotations

import itertools
import statistics
import tempfile
from pathlib import Path

import numpy as np
import torch

from benchmarks.page import fill, table
from benchmarks.windows.models import Setting, Torch
from benchmarks.windows.speed import turn
from benchmarks.windows.streams import Stream
from streamnorm import NormPropClassifier
from streamnorm.export import EdgeLearner, to_onnx

SETTINGS: dict[str, Setting] = {
    "SGD": ("sgd", 0.01),
    "RMSprop": ("rmsprop", 0.001),
    "Adam": ("adam", 0.001),
    '`"auto"`': ("rmsprop", "auto"),
}
TORCH = "the same layers in torch, plain, SGD"
TURNS, TURN = 100, 8


class File:
    """A learning file, which standardises."""

    def __init__(self, stream: Stream, setting: Setting):
        optimizer, rate = setting
        model = NormPropClassifier(
            stream.preset, input_shape=stream.shape, optimizer=optimizer, learning_rate=rate, seed=42
        )
        for array, y in zip(stream.arrays, stream.classes.tolist(), strict=True):
            model.learn_one({"x": array}, y)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "model.onnx")
            to_onnx(model, path, learn=True)
            device = EdgeLearner(path)
        self.learn, self.predict = device.learn_one, device.predict_one

    def sample(self, array: np.ndarray) -> dict[str, np.ndarray]:
        return {"x": array}


def main() -> None:
    torch.set_num_threads(1)
    streams = [noise("sensor", (6, 50), 7), noise("image", (1, 28, 28), 10)]
    times = {stream.net: race(stream) for stream in streams}
    rows = [[name, *(cell(times[stream.net], name) for stream in streams)] for name in times[streams[0].net]]
    fill("edge-learner.md", "windows", table(["µs to learn, to predict", *times], rows))


def noise(preset: str, shape: tuple[int, ...], n_classes: int) -> Stream:
    rng = np.random.default_rng(1)
    return Stream("noise", preset, rng.standard_normal((70, *shape)), np.arange(70) % n_classes)


def race(stream: Stream) -> dict[str, tuple[float, float]]:
    """Medians of the microseconds to learn and to predict a sample."""
    models = {f"learning file, {name}": File(stream, setting) for name, setting in SETTINGS.items()}
    models[TORCH] = Torch(stream, False, SETTINGS["SGD"], 42, "ReLU")
    times = {name: [] for name in models}
    rows = itertools.cycle(zip(stream.arrays, stream.classes.tolist(), strict=True))
    for _ in range(TURNS):
        block = list(itertools.islice(rows, TURN))
        for name, model in models.items():
            times[name].append(turn(model, [(model.sample(array), y) for array, y in block]))
    return {name: tuple(map(statistics.median, zip(*found, strict=True))) for name, found in times.items()}


def cell(times: dict[str, tuple[float, float]], name: str) -> str:
    own, torch_ = times[name], times[TORCH]
    parts = [f"{a:.3g}" if name == TORCH else f"{a:.3g} ({b / a:.3g})" for a, b in zip(own, torch_, strict=True)]
    return ", ".join(parts)


if __name__ == "__main__":
    main()
