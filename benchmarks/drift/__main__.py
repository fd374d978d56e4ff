"""Streams whose concept or unit changes: streamnorm beside what River has for them.

`python -m benchmarks.drift` prints the tables and writes them into docs/drift.md, which says how to read them. With
`--data DIR` it takes the file elec2.csv or elec2.csv.gz of that folder as well, the column `target` being the target.
"""

from __future__ import annotations

import argparse
import importlib.metadata
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.drift import tables
from benchmarks.drift.models import RIVER, build
from benchmarks.drift.scores import Change, changes
from benchmarks.drift.streams import Stream, generated, real, stationary
from benchmarks.page import fill

SEEDS = (1, 2)
PROCESSES = 2
OURS = ["streamnorm", "streamnorm 0.005", "streamnorm fading 0.01"]
FADING = [OURS[0], *(f"{OURS[0]} fading {factor}" for factor in (0.0001, 0.001, 0.003, 0.01, 0.03))]


class Result(NamedTuple):
    """What a stream did to each peer: accuracy over all of it, and around each change."""

    stream: str
    kind: str
    accuracy: dict[str, float]
    changes: list[dict[str, Change]]


def right(stream: Stream, peer: str, seed: int) -> np.ndarray:
    """Whether each row was predicted before it was learned."""
    model = build(peer, len(set(stream.ys)), seed)
    found = np.zeros(len(stream.ys))
    for row, (x, y) in enumerate(zip(stream.xs, stream.ys, strict=True)):
        found[row] = model.predict_one(x) == y
        model.learn_one(x, y)
    return found


def measured(stream: Stream, peers: list[str], seed: int) -> Result:
    found = {peer: right(stream, peer, seed) for peer in peers}
    accuracy = {peer: float(some.mean()) for peer, some in found.items()}
    return Result(stream.name, stream.kind, accuracy, list(changes(stream, found)))


def jobs(folder: Path | None) -> Iterator[tuple[Stream, list[str], int]]:
    """The peers on streams that change; only our own, with the standardiser's factors, on those that do not."""
    for seed in SEEDS:
        changing = [*generated(seed), *(real(folder) if folder and seed == SEEDS[0] else ())]
        yield from ((stream, [*OURS, *RIVER], seed) for stream in changing)
        yield from ((stream, FADING, seed) for stream in (*changing, *stationary()))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.drift", description=__doc__)
    parser.add_argument("--data", type=Path, help="a folder with elec2.csv or elec2.csv.gz")
    folder = parser.parse_args().data
    with ProcessPoolExecutor(PROCESSES) as pool:
        results = list(pool.map(measured, *zip(*jobs(folder), strict=True)))
    compared = [result for result in results if set(RIVER) <= set(result.accuracy)]
    faded = [result for result in results if set(FADING) <= set(result.accuracy)]
    note = f"Seeds of what is generated: {', '.join(map(str, SEEDS))}. River {importlib.metadata.version('river')}."
    fill("drift.md", "written by benchmarks.drift", f"{tables.compared(compared)}\n\n{note}")
    fill("drift.md", "written by benchmarks.drift, fading", tables.fading(faded))


if __name__ == "__main__":
    main()
