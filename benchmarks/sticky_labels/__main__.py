"""Learning at every step from windows that overlap, while the label stays the same for a long time.

`python -m benchmarks.sticky_labels` writes its tables into docs/sliding-window.md, which says how to read them. With
`--data DIR` it takes watch_har_raw.csv.gz of that folder as well, whose recordings it puts together again.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.page import fill, table
from benchmarks.sticky_labels.people import Segment, movements, person
from examples.activity.watch import recordings
from streamnorm import NormPropClassifier

SIZE = 50
# What `learn_every` is, and whether the windows come in a random order, which no stream does.
SETTINGS = ((1, False), (5, False), (25, False), (SIZE, False), (SIZE, True))
SEEDS = (1, 2, 3)
LEARNERS, LEFT_OUT = 12, 12


class Result(NamedTuple):
    """Accuracy of predicting each step before it is learned, and on who was never learned; before the first window
    nothing is predicted."""

    prequential: float
    left_out: float


def learn(segments: list[Segment], left_out: list[Segment], every: int, shuffled: bool, seed: int) -> Result:
    """Learn some segments, then look at others, from which nothing is learned."""
    channels = segments[0].values.shape[1]
    network = NormPropClassifier("sensor", input_shape=(channels, SIZE), learn_every=every, seed=seed)
    steps, labels = joined(segments)
    # What `SlidingWindow(SIZE) | network` predicts and learns at each step, in one call.
    X, y = windows(steps), labels[SIZE - 1 :]
    if shuffled:
        order = np.random.default_rng(seed).permutation(len(y))
        X, y = X[order], y[order]
    right = network.test_then_train_many(X, y) == y
    # Half of each of these is in the next.
    seen = [network.predict_many(windows(s.values)[:: SIZE // 2]) == s.activity for s in left_out]
    return Result(float(np.mean(right)), float(np.mean(np.concatenate(seen))))


def windows(steps: np.ndarray) -> np.ndarray:
    """All windows of a recording [windows, channels, steps]."""
    return np.lib.stride_tricks.sliding_window_view(steps, SIZE, axis=0)


def joined(segments: list[Segment]) -> tuple[np.ndarray, np.ndarray]:
    """One stream, and the label of each step."""
    labels = np.repeat([s.activity for s in segments], [len(s.values) for s in segments])
    return np.concatenate([s.values for s in segments]), labels


def no_change(segments: list[Segment]) -> float:
    """Accuracy of the last label."""
    _, labels = joined(segments)
    return float(np.mean(labels[1:] == labels[:-1]))


def people(seed: int) -> tuple[list[Segment], list[Segment]]:
    """Those who are learned, one after the other, and those who are left out."""
    activities = movements(seed)
    learners, others = range(LEARNERS), range(LEARNERS, LEARNERS + LEFT_OUT)
    learned, left_out = (
        [s for i in who for s in person(activities, 30, 1, 1000 * seed + i)] for who in (learners, others)
    )
    return learned, left_out


def watch(path: Path, seed: int) -> tuple[list[Segment], list[Segment]]:
    """Recordings that are learned, in a random order, and every third one, which is left out."""
    found = [Segment(values, str(activity)) for values, activity in recordings(path)]
    order = np.random.default_rng(seed).permutation(len(found))
    third = len(found) // 3
    return [found[i] for i in order[third:]], [found[i] for i in order[:third]]


def written(streams: list[tuple[list[Segment], list[Segment]]], who: str) -> str:
    """The table of a kind of streams, one for each seed."""
    head = ["`learn_every`", "accuracy before learning", f"accuracy on {who} left out", "its range over seeds"]
    rows = []
    for every, shuffled in SETTINGS:
        results = [learn(*stream, every, shuffled, seed) for stream, seed in zip(streams, SEEDS, strict=True)]
        before, after = np.array(results).T
        name = f"{every}, shuffled" if shuffled else str(every)
        rows.append([name, f"{before.mean():.3f}", f"{after.mean():.3f}", f"{after.min():.3f}-{after.max():.3f}"])
        print(rows[-1], flush=True)
    baseline = np.mean([no_change(segments) for segments, _ in streams])
    return table(head, [*rows, ["the last label", f"{baseline:.4f}", "", ""]])


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sticky_labels", description=__doc__)
    parser.add_argument("--data", type=Path, help="a folder with watch_har_raw.csv.gz")
    folder = parser.parse_args().data
    fill("sliding-window.md", "people", written([people(seed) for seed in SEEDS], "people"))
    if folder:
        path = folder / "watch_har_raw.csv.gz"
        fill("sliding-window.md", "recordings", written([watch(path, seed) for seed in SEEDS], "recordings"))


if __name__ == "__main__":
    main()
