"""The mixture beside each of its rates and beside the peers, on the same rows."""

from __future__ import annotations

import importlib.metadata
import statistics
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from benchmarks.accuracy import tables
from benchmarks.accuracy.models import SCALED
from benchmarks.accuracy.scores import log_loss, scores
from benchmarks.accuracy.streams import Stream, streams
from benchmarks.accuracy.worker import Run, ask
from benchmarks.page import fill
from benchmarks.peers.packages import PYTHON, make_other
from streamnorm.optim import AUTO_RATES

SEEDS = (1, 2, 3)
PROCESSES = 2
MIXTURE = "streamnorm"
RATES = [f"{MIXTURE} {rate}" for rate in AUTO_RATES["rmsprop"]]
PEERS = ["River, linear", "River, tree", "River, forest", "deep-river"]
SCALED_PEERS = [peer + SCALED for peer in PEERS]


class Result(NamedTuple):
    """Each peer's scores on a stream, the mean over its seeds, and its microseconds a sample."""

    stream: str
    rows: str
    features: int
    is_classification: bool
    scores: dict[str, dict[str, float]]
    micros: dict[str, float]


def run(folder: Path | None) -> None:
    make_other()
    start = time.perf_counter()
    results = [compared(stream) for stream in streams(folder)]
    minutes = (time.perf_counter() - start) / 60.0
    page = tables.page(results, RATES, PEERS, SCALED_PEERS)
    version = importlib.metadata.version("river")
    note = f"{len(results)} streams in {minutes:.0f} minutes, {PROCESSES} processes at a time. River {version}."
    fill("accuracy.md", "written by benchmarks.accuracy", f"{page}\n\n{note}")


def compared(stream: Stream) -> Result:
    """Every peer on one stream: ours over the seeds, the others, which take longer, with one."""
    names = PEERS if stream.is_classification else PEERS + SCALED_PEERS
    jobs = [[(name, SEEDS[0])] for name in reversed(names)]  # Those that take longest first.
    jobs.append([(name, seed) for name in (MIXTURE, *RATES) for seed in SEEDS])
    with ThreadPoolExecutor(PROCESSES) as pool:
        answers = pool.map(lambda job: ask(python(job[0][0]), stream, job), jobs)
        runs: dict[str, list[Run]] = {}
        for job, answer in zip(jobs, answers, strict=True):
            for (name, _), one in zip(job, answer, strict=True):
                runs.setdefault(name, []).append(one)
    result = Result(
        stream.name,
        stream.rows,
        len(stream.xs[0]),
        stream.is_classification,
        {name: mean_scores(score(stream, one) for one in some) for name, some in runs.items()},
        {name: statistics.median(one.micros for one in some) for name, some in runs.items()},
    )
    print(stream.name, {name: next(iter(found.values())) for name, found in result.scores.items()}, flush=True)
    return result


def python(peer: str) -> Path:
    return PYTHON["deep-river" if peer.startswith("deep-river") else "streamnorm"]


def score(stream: Stream, run: Run) -> dict[str, float]:
    found = scores(stream, run.guesses)
    if stream.is_classification and run.details:
        found["log loss"] = log_loss(stream, run.details, run.classes)
    return found


def mean_scores(found: Iterable[dict[str, float]]) -> dict[str, float]:
    found = list(found)
    return {measure: statistics.fmean(one[measure] for one in found) for measure in found[0]}
