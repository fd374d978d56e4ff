"""(a) Mean and sd of every hidden layer before, during and after online learning at batch size 1."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch

from benchmarks.page import fill, table
from benchmarks.paper.nets import NETS, activations, build, hits
from benchmarks.paper.picture import draw_statistics
from benchmarks.paper.streams import Stream, segments
from streamnorm.engines.reference import Reference
from streamnorm.optim import SGD, Optimizer, RMSprop
from streamnorm.typing import Array

PROBE = 300  # The last rows of the stream, looked at and not learned when they are looked at.
DEPTH = 8
MOMENTS = ("before", "during", "after")


class Layers(NamedTuple):
    """For every hidden layer the mean over its units and rows, and the sd over rows (root mean square over units)."""

    mean: Array
    sd: Array

    def of(self, layer: int) -> str:
        return f"{self.mean[layer]:.2f} ± {self.sd[layer]:.2f}"


def look(layers: list[Array]) -> Layers:
    return Layers(
        np.array([a.mean() for a in layers]),
        np.array([np.sqrt(a.var(axis=0).mean()) for a in layers]),
    )


def learn(
    net: str, recipe: str, depth: int, optimizer: Optimizer, stream: Stream
) -> tuple[Reference, list[Layers], float]:
    """The learned net, its layers at the three moments, and the accuracy of the pass."""
    engine = build(net, recipe, depth, optimizer, stream, seed=0)
    probe, half = stream.inputs[-PROBE:], len(stream.labels) // 2
    looks = [look(activations(engine, probe))]
    correct = 0
    for rows in (slice(0, half), slice(half, None)):
        correct += sum(hits(engine, stream.inputs[rows], stream.labels[rows]))
        looks.append(look(activations(engine, probe)))
    return engine, looks, correct / len(stream.labels)


def amplification(engine: Reference, stream: Stream) -> list[float]:
    """For every layer the sd of u = w h / |w| over that of the input h: 1 where the rows w prefer no direction."""
    traces = [engine._forward(h)[1] for h in stream.inputs[-PROBE:]]
    ratios = []
    for layer in zip(*traces, strict=True):
        h, u = (np.array([step[part] for step in layer], dtype=np.float64) for part in (0, 1))
        ratios.append(float(np.sqrt(u.var(axis=0).mean() / h.var(axis=0).mean())))
    return ratios


def growth(before: Reference, after: Reference, stream: Stream) -> str:
    """What makes NormProp's layers larger: the rows turn to where the input varies most; the gains stay."""
    columns = zip(
        amplification(before, stream),
        amplification(after, stream),
        (float(np.sqrt(np.mean(layer["g"].value ** 2))) for layer in after.network.parameters[:-1]),
        strict=True,
    )
    rows = ([str(layer + 1), *(f"{x:.2f}" for x in column)] for layer, column in enumerate(columns))
    return table(["layer", "sd u / sd h, before", "after", "gain, after"], rows)


def batch_norm_error() -> str:
    """What torch says to one sample."""
    try:
        torch.nn.BatchNorm1d(64)(torch.zeros(1, 64))
    except ValueError as error:
        return f"{type(error).__name__}: {error}"
    raise AssertionError("BatchNorm1d took a batch of one")


def run() -> None:
    stream = segments()
    rows = []
    for depth in (2, DEPTH):
        for optimizer in (RMSprop(), SGD()):
            for recipe in ("textbook", "mirrored"):
                looks = {}
                for net in NETS:
                    engine, looks[net], accuracy = learn(net, recipe, depth, optimizer, stream)
                    name = f"{type(optimizer).__name__} {optimizer.learning_rate:g}"
                    last = [moment.of(-1) for moment in looks[net]]
                    rows.append([str(depth), name, recipe, net, *last, f"{accuracy:.3f}"])
                    if (depth, type(optimizer), recipe, net) == (DEPTH, RMSprop, "mirrored", "NormProp"):
                        fresh = build(net, recipe, depth, optimizer, stream, seed=0)
                        fill("paper.md", "growth", growth(fresh, engine, stream))
                if (depth, type(optimizer), recipe) == (DEPTH, RMSprop, "mirrored"):
                    per_layer = looks
    head = ["layer", *(f"{net} {moment}" for net in NETS for moment in MOMENTS)]
    fill(
        "paper.md",
        "layers",
        table(head, ([str(k + 1), *(moment.of(k) for net in NETS for moment in per_layer[net])] for k in range(DEPTH))),
    )
    fill("paper.md", "last layer", table(["layers", "step", "start", "net", *MOMENTS, "accuracy"], rows))
    fill("paper.md", "batch norm", f"```\n{batch_norm_error()}\n```")
    draw_statistics(per_layer, MOMENTS)
