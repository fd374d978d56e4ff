"""The learning file beside the same step in torch: `python -m benchmarks.edge_learner` fills docs/edge-learner.md.

Each peer is a process of its own; they take turns of some milliseconds. A figure is the median over the turns of the
microseconds for one sample, and the ratio is to the plain step in torch eager at the same size.
"""

from __future__ import annotations

from benchmarks.page import fill, table
from benchmarks.speed.models import LEARNING_FILES
from benchmarks.speed.race import take_turns, worker
from benchmarks.speed.sizes import name

TORCH = "the same step in torch"
PEERS = (*LEARNING_FILES, "streamnorm, SGD", 'streamnorm, `"auto"`', TORCH)
SIZES = ((8, 16, 2), (32, 64, 64, 2), (32, 256, 256, 2))


def main() -> None:
    for question in ("learn", "predict"):
        times = {}
        for size in SIZES:
            found, _ = take_turns({peer: worker(peer, size) for peer in PEERS}, {peer: [question] for peer in PEERS})
            times[size] = {peer: microseconds for (peer, _), microseconds in found.items()}
        rows = [[peer, *(cell(times[size], peer) for size in SIZES)] for peer in PEERS]
        fill("edge-learner.md", question, table([f"µs to {question} one sample", *map(name, SIZES)], rows))


def cell(times: dict[str, float], peer: str) -> str:
    ratio = times[TORCH] / times[peer]
    return f"{times[peer]:.3g}" if peer == TORCH else f"{times[peer]:.3g} ({ratio:.3g} times faster)"


if __name__ == "__main__":
    main()
