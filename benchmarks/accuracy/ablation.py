"""What was chosen for `learning_rate="auto"`, beside what else was tried: rates, Hedge's rate, the share.

Replicas of a mixture do not meet, so each rate is recorded once, and every mixture of them is worked out from that.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.accuracy import mixing
from benchmarks.accuracy.comparison import MIXTURE, PROCESSES, RATES, SEEDS, python
from benchmarks.accuracy.later import later
from benchmarks.accuracy.mixing import Setting
from benchmarks.accuracy.scores import LEAST, mean, scores, table_of, truth
from benchmarks.accuracy.streams import Stream, streams
from benchmarks.accuracy.worker import Run, ask
from benchmarks.page import fill, table
from streamnorm.optim import AUTO_RATES

RMSPROP = (0.0005, 0.001, 0.002, 0.003, 0.005, 0.01, 0.02, 0.05)
SGD = (0.01, 0.03, 0.1, 0.3)
ADAM = (0.0003, 0.001, 0.003)
GRIDS = {
    "rmsprop": (
        *((rate,) for rate in (0.001, 0.002, 0.003, 0.005, 0.02)),
        (0.002, 0.01),
        (0.001, 0.005, 0.02),
        (0.001, 0.005, 0.02, 0.05),
        (0.0005, 0.002, 0.005, 0.02),
        (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02),
        RMSPROP,
    ),
    "sgd": ((0.03,), (0.01, 0.03, 0.1), SGD),
    "adam": ((0.001,), ADAM),
}
HEDGES = (0.0, 0.1, 0.2, 0.5, 1.0, 2.0, 4.0)
SHARES = (0.0, 1e-4, 1e-3, 3e-3, 1e-2, 1e-1)
LONG = ("bike_hour", "etth1")
DEFAULT = f"RMSprop {', '.join(map(str, AUTO_RATES['rmsprop']))}"
LIBRARY = "the library's own mixture"
HINDSIGHT = {"best of the default rates, in hindsight": RATES}
HINDSIGHT["best of all RMSprop rates, in hindsight"] = [f"{MIXTURE} {rate}" for rate in RMSPROP]


class Scores(NamedTuple):
    """Of one stream: for every setting accuracy and log loss, or R2 alone."""

    stream: str
    is_new: bool
    found: dict[str, tuple[float, ...]]


def replica(optimizer: str, rate: float) -> str:
    return f"{MIXTURE} {rate}" if optimizer == "rmsprop" else f"{MIXTURE} {optimizer} {rate}"


REPLICAS = [
    replica(optimizer, rate)
    for optimizer, rates in {"rmsprop": RMSPROP, "sgd": SGD, "adam": ADAM}.items()
    for rate in rates
]


def grids() -> Iterator[Setting]:
    names = {"rmsprop": "RMSprop", "sgd": "SGD", "adam": "Adam"}
    for optimizer, some in GRIDS.items():
        for rates in some:
            name = f"{names[optimizer]} {', '.join(map(str, rates))}"
            yield Setting(name, tuple(replica(optimizer, rate) for rate in rates))


def run(folder: Path | None) -> None:
    start = time.perf_counter()
    settings = list(grids())
    settings += [Setting(f"Hedge rate {rate:g}", tuple(RATES), hedge=rate) for rate in HEDGES]
    settings += [Setting(f"share {share:g}", tuple(RATES), share=share) for share in SHARES]
    results = [scored(stream, False, settings) for stream in streams(folder)]
    results += [scored(stream, True, settings) for stream in later(folder)]
    minutes = (time.perf_counter() - start) / 60.0
    names = [LIBRARY, *(setting.name for setting in settings), *HINDSIGHT]
    note = f"{len(results)} streams, {len(REPLICAS)} rates, {len(SEEDS)} seeds in {minutes:.0f} minutes."
    fill("accuracy.md", "written by benchmarks.accuracy, ablation", f"{summary(results, names)}\n\n{note}")


def scored(stream: Stream, is_new: bool, settings: list[Setting]) -> Scores:
    names = [MIXTURE, *REPLICAS]
    pairs = [(name, seed) for name in names for seed in SEEDS]
    jobs = [pairs[part::PROCESSES] for part in range(PROCESSES)]
    recorded: dict[tuple[str, int], Run] = {}
    with ThreadPoolExecutor(PROCESSES) as pool:
        for job, runs in zip(jobs, pool.map(lambda job: ask(python(MIXTURE), stream, job), jobs), strict=True):
            recorded |= zip(job, runs, strict=True)
    evaluate = classification if stream.is_classification else regression
    found = evaluate(stream, [[recorded[name, seed] for name in names] for seed in SEEDS], settings)
    by_replica = dict(zip(names, found, strict=False))
    by_name = {LIBRARY: by_replica[MIXTURE]}
    by_name |= {setting.name: scores for setting, scores in zip(settings, found[len(names) :], strict=True)}
    by_name |= {name: max(by_replica[rate] for rate in rates) for name, rates in HINDSIGHT.items()}
    print(stream.name, {name: by_name[name] for name in (LIBRARY, DEFAULT, *HINDSIGHT)}, flush=True)
    return Scores(stream.name, is_new, by_name)


def classification(stream: Stream, runs: list[list[Run]], settings: list[Setting]) -> list[tuple[float, ...]]:
    """Accuracy and log loss of what was recorded, and of every setting; the means over the seeds."""
    classes = runs[0][0].classes
    index, seen = truth(stream, classes)
    recorded = np.array([[table_of(run.details, len(classes)) for run in of_seed] for of_seed in runs])
    recorded = recorded.transpose(1, 2, 0, 3)  # [recorded, rows, seeds, classes]
    given = np.array([of_row[..., place] for of_row, place in zip(recorded[1:].swapaxes(0, 1), index, strict=True)])
    losses = np.where(seen[:, None, None], mixing.log_losses(given.swapaxes(1, 2)), 0.0)
    weights = mixing.weights(losses, REPLICAS, settings)

    def measured(p: np.ndarray) -> tuple[float, ...]:
        right = (p.argmax(axis=-1) == index[:, None]) & (p.max(axis=-1) > 0.0)
        chance = p[np.flatnonzero(seen), :, index[seen]]
        return float(right.mean()), float(-np.log(np.maximum(chance, LEAST)).mean())

    mixtures = (np.einsum("nsk,knsc->nsc", weights[:, place], recorded[1:]) for place in range(len(settings)))
    return [measured(p) for p in (*recorded, *mixtures)]


def regression(stream: Stream, runs: list[list[Run]], settings: list[Setting]) -> list[tuple[float, ...]]:
    """R2 of what was recorded, and of every setting; the means over the seeds."""
    details = np.array([[run.details for run in of_seed] for of_seed in runs])  # [seeds, recorded, rows, 2]
    losses = mixing.blames(details[:, 1:, :, 0], details[:, 1:, :, 1]).transpose(2, 0, 1)
    weights = mixing.weights(losses, REPLICAS, settings)
    recorded = np.array([[run.guesses for run in of_seed] for of_seed in runs]).transpose(1, 2, 0)
    mixtures = (np.einsum("nsk,kns->ns", weights[:, place], recorded[1:]) for place in range(len(settings)))
    return [(mean([scores(stream, guess)["R2"] for guess in p.T]),) for p in (*recorded, *mixtures)]


def summary(results: list[Scores], names: list[str]) -> str:
    """A row for each setting, a column for each group of streams."""
    kinds = {"accuracy": (2, 0), "log loss": (2, 1), "R2": (1, 0)}
    groups = {
        f"{kind}, {'later' if is_new else 'first'} streams": [
            (result.found, place)
            for result in results
            if result.is_new == is_new and len(result.found[LIBRARY]) == width
        ]
        for kind, (width, place) in kinds.items()
        for is_new in (False, True)
    }
    groups[f"R2, {' and '.join(LONG)}"] = [(result.found, 0) for result in results if result.stream in LONG]
    groups = {name: group for name, group in groups.items() if group}
    rows = [
        [name, *(f"{np.mean([found[name][place] for found, place in group]):.4f}" for group in groups.values())]
        for name in names
    ]
    return table(["", *(f"{name} ({len(group)})" for name, group in groups.items())], rows)
