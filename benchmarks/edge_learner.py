"""The learning file beside the same step in torch: `python -m benchmarks.edge_learner` fills docs/edge-learner.md.

Each peer is a process of its own; they take turns of some milliseconds. A figure is the median over the turns of the
microseconds for one sample; in brackets, how many times faster than the plain step in torch eager that is.
"""

from __future__ import annotations

from benchmarks.page import fill, table
from benchmarks.speed.models import LEARNING_FILES
from benchmarks.speed.race import take_turns, worker
from benchmarks.speed.sizes import name

TORCH = "the same step in torch"
PEERS = (*LEARNING_FILES, "streamnorm, SGD", 'streamnorm, `"auto"`', "streamnorm, SGD, torch engine", TORCH)
SIZES = ((8, 16, 2), (32, 64, 64, 2), (32, 256, 256, 2))


def main() -> None:
    times = {}
    for size in SIZES:
        processes = {peer: worker(peer, size) for peer in PEERS}
        found, _ = take_turns(processes, {peer: ["learn", "predict"] for peer in PEERS})
        times |= {(size, *key): microseconds for key, microseconds in found.items()}
    for question in ("learn", "predict"):
        rows = [[peer, *(cell(times, size, peer, question) for size in SIZES)] for peer in PEERS]
        fill("edge-learner.md", question, table([f"µs to {question} one sample", *map(name, SIZES)], rows))


def cell(times: dict, size: tuple[int, ...], peer: str, question: str) -> str:
    own, torch = times[size, peer, question], times[size, TORCH, question]
    return f"{own:.3g}" if peer == TORCH else f"{own:.3g} ({torch / own:.3g})"


if __name__ == "__main__":
    main()
