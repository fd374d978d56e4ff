"""Streams whose concept changes, and where: abruptly, gradually, back and forth, steadily, or in the unit only."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from river import datasets
from river.datasets import synth

from benchmarks.accuracy.streams import bundled, from_file

SEGMENT = 2_500
SEGMENTS = 4
ABRUPT = 20  # Rows of a transition; with fewer, River's sigmoid overflows.
GRADUAL = 1_000
FILE = "elec2"


class Stream(NamedTuple):
    """Samples, and the rows at which a change begins; none where it never stops or nobody knows."""

    name: str
    kind: str
    xs: list[dict[str, float]]
    ys: list[Any]
    changes: tuple[int, ...] = ()


def generated(seed: int) -> Iterator[Stream]:
    """Every stream with its concepts in its own order; the seed draws the samples."""
    sea = [synth.SEA(variant=k, noise=0.1, seed=seed + k) for k in (0, 3, 1, 2)]
    agrawal = [synth.Agrawal(classification_function=k, seed=seed + k) for k in (0, 4, 7, 2)]
    sine = [synth.Sine(classification_function=k, seed=seed + k) for k in (0, 1, 2, 3)]
    stagger = [synth.STAGGER(classification_function=k, seed=seed + k) for k in (0, 1, 2, 0)]
    yield drifting("SEA", "abrupt", sea)
    yield drifting("Agrawal", "abrupt", agrawal)
    yield drifting("Sine", "abrupt", sine)
    yield drifting("STAGGER", "abrupt", stagger)
    yield drifting("Agrawal", "gradual", agrawal, GRADUAL)
    yield drifting("Sine", "gradual", sine, GRADUAL)
    mixed = [synth.Mixed(classification_function=k % 2, seed=seed + k) for k in range(SEGMENTS)]
    yield drifting("Mixed", "recurring", mixed)
    yield drifting("RandomRBF", "recurring", [centroids(seed + k % 2, sample=seed + k) for k in range(SEGMENTS)])
    rows = SEGMENT * SEGMENTS
    rbf = synth.RandomRBFDrift(seed, seed, n_classes=4, n_centroids=30, n_drift_centroids=30, change_speed=0.001)
    yield taken("RandomRBFDrift", "steady", rbf.take(rows))
    plane = synth.Hyperplane(seed=seed, n_features=10, n_drift_features=5, mag_change=0.002)
    yield taken("Hyperplane", "steady", plane.take(rows))
    yield rescaled("RandomRBF, units x1000 and back", seed, lambda value, part: value * 1_000.0 ** (part % 2))
    yield rescaled("RandomRBF, offsets", seed, lambda value, part: value + 20.0 * part)


def centroids(model: int, sample: int) -> synth.RandomRBF:
    return synth.RandomRBF(model, sample, n_classes=4, n_features=10, n_centroids=30)


def drifting(name: str, kind: str, concepts: list[datasets.base.SyntheticDataset], width: int = ABRUPT) -> Stream:
    """One concept after the other, by River's sigmoid."""
    *earlier, whole = concepts
    for concept in reversed(earlier):
        whole = synth.ConceptDriftStream(concept, whole, position=SEGMENT, width=width, seed=1)
    changes = tuple(SEGMENT * part - width // 2 for part in range(1, len(concepts)))
    return taken(name, kind, whole.take(SEGMENT * len(concepts)), changes)


def rescaled(name: str, seed: int, unit: Callable[[float, int], float]) -> Stream:
    """One concept; every second feature arrives in another unit, or from another zero, in each part."""
    samples = (
        ({k: unit(v, row // SEGMENT) if k % 2 else v for k, v in x.items()}, y)
        for row, (x, y) in enumerate(centroids(seed, seed).take(SEGMENT * SEGMENTS))
    )
    return taken(name, "unit", samples, tuple(SEGMENT * part for part in range(1, SEGMENTS)))


def taken(name: str, kind: str, samples: Iterator[tuple[dict[Any, Any], Any]], changes: tuple[int, ...] = ()) -> Stream:
    xs, ys = zip(*samples, strict=True)
    return Stream(name, kind, [{str(k): v for k, v in x.items()} for x in xs], list(ys), changes)


def real(folder: Path) -> Iterator[Stream]:
    """The electricity market, if the folder has it."""
    for path in folder.glob(f"{FILE}.csv*"):
        whole = from_file(path, rows=None)
        yield Stream(whole.name, "real", whole.xs, whole.ys)


def stationary() -> Iterator[Stream]:
    """What River brings along; nothing that is known to change."""
    for stream in bundled():
        if stream.is_classification:
            yield Stream(stream.name, "none", stream.xs, stream.ys)
