"""(c) Time of one learning step against BatchNorm's at the batch sizes that it needs, and the accuracy it buys."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import torch

from benchmarks.page import fill, table
from benchmarks.paper.nets import WIDTH
from benchmarks.paper.picture import draw_cost
from benchmarks.paper.streams import Stream, digits, drift, segments
from streamnorm import NormPropClassifier
from streamnorm.optim import RMSprop

SIZES = (2, 8, 32, 128)
DEFAULT = RMSprop().learning_rate
RATES = sorted({0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, DEFAULT})
TIMED = 400


def normprop(rate: float) -> NormPropClassifier:
    """The library as it is used. The streams are standardised already."""
    return NormPropClassifier((WIDTH, WIDTH), rate, standardize=False, seed=0)


class Torch:
    """The same widths in torch, as its tutorials build it."""

    def __init__(self, stream: Stream, rate: float, batch_norm: bool) -> None:
        torch.manual_seed(0)
        layers: list[torch.nn.Module] = []
        for fan_in in (stream.n_features, WIDTH):
            layers += [torch.nn.Linear(fan_in, WIDTH), *[torch.nn.BatchNorm1d(WIDTH)] * batch_norm, torch.nn.ReLU()]
        self.module = torch.nn.Sequential(*layers, torch.nn.Linear(WIDTH, stream.n_classes))
        self.optimizer = torch.optim.RMSprop(self.module.parameters(), lr=rate)

    def right(self, inputs: torch.Tensor, labels: torch.Tensor) -> int:
        self.module.eval()
        with torch.no_grad():
            hits = int((self.module(inputs).argmax(1) == labels).sum())
        self.module.train()
        return hits

    def learn(self, inputs: torch.Tensor, labels: torch.Tensor) -> None:
        self.optimizer.zero_grad()
        torch.nn.functional.cross_entropy(self.module(inputs), labels).backward()
        self.optimizer.step()


def batches(stream: Stream, size: int) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """The stream in whole batches."""
    inputs, labels = torch.from_numpy(stream.inputs), torch.tensor(stream.labels)
    return list(zip(inputs.split(size), labels.split(size), strict=True))


def accuracy(stream: Stream, size: int, rate: float, batch_norm: bool) -> float:
    """Every row is predicted with the net as it stands when the row arrives; the step waits for a full batch."""
    net, right = Torch(stream, rate, batch_norm), 0
    for inputs, labels in batches(stream, size):
        right += net.right(inputs, labels)
        if len(labels) == size:
            net.learn(inputs, labels)
    return right / len(stream.labels)


def microseconds(step: Any, arguments: list[Any]) -> float:
    """Median time of one step."""
    times = []
    for index in range(TIMED):
        start = time.perf_counter()
        step(*arguments[index % len(arguments)])
        times.append(time.perf_counter() - start)
    return 1e6 * float(np.median(times[TIMED // 10 :]))


def run() -> None:
    torch.set_num_threads(1)
    streams = [segments(), digits(), drift()]
    timed = streams[0]
    rows = [(dict(enumerate(h)), y) for h, y in zip(timed.inputs.tolist(), timed.labels, strict=True)]
    own_accuracies = {
        r: [np.mean(normprop(r).test_then_train_many(s.inputs, s.labels) == s.labels) for s in streams] for r in RATES
    }
    own_time = microseconds(normprop(DEFAULT).learn_one, rows)
    results = [("NormProp, `learn_one`", "NormProp", 1, own_time, own_accuracies)]
    for name, batch_norm, sizes in (("plain", False, (1,)), ("BatchNorm", True, SIZES)):
        for size in sizes:
            net = Torch(timed, DEFAULT, batch_norm)
            full = [batch for batch in batches(timed, size) if len(batch[1]) == size]
            by_rate = {r: [accuracy(s, size, r, batch_norm) for s in streams] for r in RATES}
            label = f"{name} MLP, torch"
            results.append((label, name, size, microseconds(net.learn, full), by_rate))
    head = ["net", "batch", "µs a step", "µs a sample", "step, NormProp = 1", "sample, NormProp = 1"]
    head += [f"{s.name}, best rate" for s in streams] + ["mean, best rates", f"mean, rate {DEFAULT:g}"]
    lines, points = [], []
    for label, name, size, step, by_rate in results:
        best = np.max([*by_rate.values()], axis=0)
        numbers = [f"{step:.1f}", f"{step / size:.1f}", f"{step / own_time:.2f}", f"{step / size / own_time:.2f}"]
        scores = [*best, best.mean(), np.mean(by_rate[DEFAULT])]
        lines.append([label, str(size), *numbers, *(f"{score:.3f}" for score in scores)])
        points.append((name, size, step / size, best.mean()))
    fill("paper.md", "cost", table(head, lines))
    draw_cost(points)
