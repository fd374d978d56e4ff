"""Learning at every step from windows that overlap, while the label stays the same for a long time.

`python -m benchmarks.sticky_labels` writes its tables into docs/sliding-window.md, which says how to read them. With
`--data FILE` it takes watch_har_raw.csv.gz as well, whose recordings it puts together again.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.page import fill, table
from benchmarks.sticky_labels.people import CHANNELS, Segment, movements, person
from examples.activity.watch import recordings
from streamnorm import NormPropClassifier, SlidingWindow

SIZE = 50
EVERY = (1, 5, 25, SIZE)
SEEDS = (1, 2, 3)
LEARNERS, LEFT_OUT = 12, 12


class Result(NamedTuple):
    """Accuracy of predicting each step before it is learned, and on who was never learned; before the first window
    nothing is predicted."""

    prequential: float
    left_out: float


def learn(segments: Iterable[Segment], left_out: Iterable[Segment], channels: int, every: int, seed: int) -> Result:
    """Learn some segments step by step, then look at others, from which nothing is learned."""
    network = NormPropClassifier("sensor", input_shape=(channels, SIZE), learn_every=every, seed=seed)
    model = SlidingWindow(SIZE) | network
    right = []
    for segment in segments:
        for x in samples(segment):
            right.append(model.predict_one(x) == segment.activity)
            model.learn_one(x, segment.activity)
    return Result(float(np.mean(right)), float(np.mean([*looked_at(network, left_out)])))


def looked_at(network: NormPropClassifier, segments: Iterable[Segment]) -> Iterable[bool]:
    """Whether each window is recognised of those that share half of their steps with the next."""
    for segment in segments:
        for end in range(SIZE, len(segment.values) + 1, SIZE // 2):
            yield network.predict_one({"window": segment.values[end - SIZE : end].T}) == segment.activity


def samples(segment: Segment) -> Iterable[dict[str, float]]:
    names = CHANNELS if segment.values.shape[1] == len(CHANNELS) else [*range(segment.values.shape[1])]
    return (dict(zip(names, row, strict=True)) for row in segment.values.tolist())


def no_change(segments: Iterable[Segment]) -> float:
    """Accuracy of the last label."""
    labels = np.repeat([s.activity for s in segments], [len(s.values) for s in segments])
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
    channels = streams[0][0][0].values.shape[1]
    head = ["`learn_every`", "accuracy before learning", f"accuracy on {who} left out", "its range over seeds"]
    rows = []
    for every in EVERY:
        results = [learn(*stream, channels, every, seed) for stream, seed in zip(streams, SEEDS, strict=True)]
        before, after = np.array(results).T
        rows.append([str(every), f"{before.mean():.3f}", f"{after.mean():.3f}", f"{after.min():.3f}-{after.max():.3f}"])
        print(rows[-1], flush=True)
    baseline = np.mean([no_change(segments) for segments, _ in streams])
    return table(head, [*rows, ["the last label", f"{baseline:.4f}", "", ""]])


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sticky_labels", description=__doc__)
    parser.add_argument("--data", type=Path, help="watch_har_raw.csv.gz")
    path = parser.parse_args().data
    fill("sliding-window.md", "people", written([people(seed) for seed in SEEDS], "people"))
    if path:
        fill("sliding-window.md", "recordings", written([watch(path, seed) for seed in SEEDS], "recordings"))


if __name__ == "__main__":
    main()
