"""(b) What becomes of different inputs on their way through the layers, before anything is learned."""

from __future__ import annotations

import numpy as np

from benchmarks.page import fill, table
from benchmarks.paper.nets import NETS, RECIPES, activations, build
from benchmarks.paper.picture import draw_cause
from benchmarks.paper.streams import Stream, segments
from streamnorm.optim import SGD
from streamnorm.typing import Array

DEPTHS = (1, 2, 4, 8, 16, 32)
PROBE = 300
SEEDS = 5


def varying(a: Array) -> float:
    """Share of the mean square of a layer's activations [rows, units] that varies with the input."""
    return float(a.var(axis=0).mean() / np.mean(a * a))


def cosine(a: Array) -> float:
    """Mean cosine between the activations of two rows. It does not see how long they are."""
    directions = a / np.linalg.norm(a, axis=1, keepdims=True)
    n = len(a)
    return float((np.square(directions.sum(axis=0)).sum() - n) / (n * n - n))


def through(net: str, recipe: str, stream: Stream) -> tuple[Array, Array]:
    """Both measures for every layer, mean over seeds."""
    measures = []
    for seed in range(SEEDS):
        engine = build(net, recipe, DEPTHS[-1], SGD(), stream, seed)
        layers = activations(engine, stream.inputs[-PROBE:])
        measures.append([[measure(a) for a in layers] for measure in (varying, cosine)])
    share, alike = np.mean(measures, axis=0)
    return share, alike


def run() -> None:
    stream = segments()
    found = {(net, recipe): through(net, recipe, stream) for net in NETS for recipe in RECIPES}
    head = ["start", "net", *map(str, DEPTHS)]
    for index, name in enumerate(("varying", "cosine")):
        rows = (
            [recipe, net, *(f"{found[net, recipe][index][depth - 1]:.3f}" for depth in DEPTHS)]
            for recipe in RECIPES
            for net in NETS
        )
        fill("paper.md", name, table(head, rows))
    draw_cause(found)
