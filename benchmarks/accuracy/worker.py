"""A process that runs peers over one stream, test-then-train. deep-river needs one with another River.

Reads, pickled, a stream and a list of (peer, seed), and writes a list of runs.
"""

from __future__ import annotations

import os
import pickle
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.accuracy.models import build
from benchmarks.accuracy.streams import Stream

ROOT = Path(__file__).parents[2]


class Run(NamedTuple):
    """What a peer said of each row before it learned it, and the median microseconds to do both.

    Of ours there is more: the probability of each class, in the order of `classes`, and in a regression what is needed
    to weigh replicas, prediction and target as the network sees them, in standard deviations.
    """

    guesses: list[Any]
    micros: float
    details: list[Any]
    classes: list[Any]


def run(stream: Stream, peer: str, seed: int) -> Run:
    model = build(peer, stream, seed)
    look = probabilities if stream.is_classification else standardised
    guesses, micros, details = [], [], []
    twin = build(peer, stream, seed)  # Looked at apart, so that what is timed is as cold as with everybody else.
    for x, y in zip(stream.xs, stream.ys, strict=True):
        if peer.startswith("streamnorm"):
            details.append(look(twin, x, y))
            twin.learn_one(x, y)
        start = time.perf_counter_ns()
        guesses.append(model.predict_one(x))
        model.learn_one(x, y)
        micros.append((time.perf_counter_ns() - start) / 1e3)
    return Run(guesses, statistics.median(micros), details, getattr(model, "classes_", []))


def probabilities(model, x, y) -> list[float]:
    return list(model.predict_proba_one(x).values())


def standardised(model, x, y) -> tuple[float, float]:
    target = model._learner.target
    prediction = (model.predict_one(x) - target.mean[0]) * target.inverse_sd[0]
    return float(prediction), float(target.transform(y)[0])


def ask(python: Path, stream: Stream, peers: list[tuple[str, int]]) -> list[Run]:
    """The runs, from a process of their own with that Python."""
    process = subprocess.run(
        [python, "-m", "benchmarks.accuracy.worker"],
        cwd=ROOT,
        # On steps of this size more threads mostly wait for each other.
        env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        input=pickle.dumps((stream, peers)),
        stdout=subprocess.PIPE,
        check=True,
    )
    return pickle.loads(process.stdout)


if __name__ == "__main__":
    # Under its own name, so that whoever reads the runs knows them.
    from benchmarks.accuracy import worker

    answers, sys.stdout = sys.stdout, sys.stderr  # What a library prints is no answer.
    stream, peers = pickle.load(sys.stdin.buffer)
    runs = [worker.run(stream, peer, seed) for peer, seed in peers]
    pickle.dump(runs, answers.buffer)
    answers.buffer.flush()
