"""(b) Accuracy against depth."""

from __future__ import annotations

import itertools

import numpy as np

from benchmarks.page import fill, table
from benchmarks.paper.nets import NETS, RECIPES, build, hits
from benchmarks.paper.picture import draw_depth
from benchmarks.paper.streams import Stream, drift, segments
from streamnorm.optim import SGD, Optimizer, RMSprop

DEPTHS = (1, 2, 4, 8, 16, 32)
STEPS = (RMSprop(0.0005), RMSprop(), SGD(0.01), SGD())


def accuracy(net: str, recipe: str, depth: int, step: Optimizer, stream: Stream) -> float:
    """Of one pass in which every row is first predicted, then learned."""
    engine = build(net, recipe, depth, step, stream, seed=0)
    return float(np.mean(hits(engine, stream.inputs, stream.labels)))


def run() -> None:
    streams = [segments(), drift()]
    found = {}
    for key in itertools.product(NETS, RECIPES, DEPTHS, STEPS):
        found[key] = np.array([accuracy(*key, stream) for stream in streams])
        print(*key, found[key].round(3), flush=True)
    best = {
        key: np.max([found[*key, step] for step in STEPS], axis=0) for key in itertools.product(NETS, RECIPES, DEPTHS)
    }
    head = ["start", "net", *map(str, DEPTHS)]
    for index, stream in enumerate(streams):
        rows = (
            [recipe, net, *(f"{best[net, recipe, d][index]:.3f}" for d in DEPTHS)] for recipe in RECIPES for net in NETS
        )
        fill("paper.md", f"depth {stream.name}", table(head, rows))
    head = ["step", "start", "net", *map(str, DEPTHS)]
    rows = (
        [_name(step), recipe, net, *(f"{found[net, recipe, d, step].mean():.3f}" for d in DEPTHS)]
        for step in STEPS
        for recipe in RECIPES
        for net in NETS
    )
    fill("paper.md", "depth by rate", table(head, rows))
    draw_depth(best, DEPTHS, [stream.name for stream in streams])


def _name(step: Optimizer) -> str:
    return f"{type(step).__name__} {step.learning_rate:g}"
