"""All peers on one size of network, taking turns."""

from __future__ import annotations

import statistics
import sys
from pathlib import Path

from benchmarks.peers.packages import PYTHON
from benchmarks.speed.models import MAKERS
from benchmarks.speed.process import Process

TURNS = 150
KERNELS = ("SGD", "RMSprop", "Adam")
# One peer of those that predict alike.
PREDICT = (
    "streamnorm, SGD",
    'streamnorm, `"auto"`',
    "the same step in torch",
    "deep-river, SGD",
    "River, logistic regression",
    "River, scaler + logistic regression",
    "River, forest",
    "scikit-learn",
    "Vowpal Wabbit",
)


def python(peer: str) -> Path:
    """deep-river needs another River; what nobody else needs is installed beside it."""
    return PYTHON["deep-river"] if peer.startswith(("deep-river", "Vowpal")) else Path(sys.executable)


def worker(peer: str, size: tuple[int, ...]) -> Process:
    return Process(python(peer), "-m", "benchmarks.speed.worker", peer, *size)


def race(size: tuple[int, ...], kernel: Path | None) -> tuple[dict[tuple[str, str], float], dict[str, str]]:
    """Median microseconds by (peer, question), and why a peer could not be built."""
    processes = {peer: worker(peer, size) for peer in MAKERS}
    questions = {peer: ["learn", "predict"] if peer in PREDICT else ["learn"] for peer in MAKERS}
    if kernel:
        for method in KERNELS:
            processes[f"kernel, {method}"] = Process(kernel, method, *size)
            questions[f"kernel, {method}"] = ["learn"]
        questions["kernel, SGD"] += ["predict", "naive", "sweep"]
    return take_turns(processes, questions)


def take_turns(
    processes: dict[str, Process], questions: dict[str, list[str]]
) -> tuple[dict[tuple[str, str], float], dict[str, str]]:
    """Median microseconds by (peer, question), and why a peer could not be built. Ends the processes."""
    runners = {peer: process for peer, process in processes.items() if process.built()}
    seen = {(peer, question): [] for peer in runners for question in questions[peer]}
    for _ in range(TURNS):
        for peer, question in seen:
            seen[peer, question].append(runners[peer].ask(question))
    for process in processes.values():
        process.close()
    errors = {peer: process.error for peer, process in processes.items() if process.error}
    return {key: statistics.median(times) for key, times in seen.items()}, errors
