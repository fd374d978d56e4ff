"""The streams of docs/accuracy.md: those that River brings along, those it generates, and the CSV files of a folder."""

from __future__ import annotations

import csv
import datetime
import gzip
import itertools
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from river import datasets
from river.datasets import synth

ROWS = 12_000
REGRESSION_ROWS = 20_000  # Of a file: the regression streams at hand are whole with that.
CLASSES = 50  # A target with more values than that, or with a fraction, is a regression.


class Stream(NamedTuple):
    """Samples, all of the same features, all of them numbers; how many there would be, where it is known."""

    name: str
    xs: list[dict[str, float]]
    ys: list[Any]
    total: int | None = None

    @property
    def is_classification(self) -> bool:
        return not isinstance(self.ys[0], float)

    @property
    def rows(self) -> str:
        cut = self.total is not None and self.total > len(self.ys)
        return f"{len(self.ys)} of {self.total}" if cut else str(len(self.ys))


def stream(name: str, samples: Iterable[tuple[dict[Any, Any], Any]], total: int | None = None) -> Stream:
    xs, ys = zip(*samples, strict=True)
    return Stream(name, encoded(xs), list(ys), total)


def encoded(xs: Iterable[dict[Any, Any]]) -> list[dict[str, float]]:
    """Numbers as they are, a date as four numbers, a text as one 0 or 1 for each text that the column has."""
    xs = [{str(name): value for name, value in x.items()} for x in xs]
    columns = {name: {x[name] for x in xs} for name in xs[0]}
    texts = {name: sorted(map(str, some)) for name, some in columns.items() if any(isinstance(v, str) for v in some)}
    rows = []
    for x in xs:
        row = {}
        for name, value in x.items():
            if name in texts:
                row |= {f"{name}={text}": int(str(value) == text) for text in texts[name]}
            elif isinstance(value, datetime.datetime):
                day = value.timetuple().tm_yday
                row |= {f"{name} year": value.year, f"{name} day": day, f"{name} weekday": value.weekday()}
                row[f"{name} hour"] = value.hour
            else:
                row[name] = value
        rows.append(row)
    return rows


def streams(folder: Path | None) -> Iterator[Stream]:
    """One after the other, so that only one is in memory."""
    yield from bundled()
    yield from generated()
    if folder:
        for path in sorted([*folder.glob("*.csv"), *folder.glob("*.csv.gz")]):
            yield from_file(path)


def bundled() -> Iterator[Stream]:
    """What comes with River and needs no download."""
    classes = datasets.Bananas(), datasets.ImageSegments(), datasets.Phishing(), datasets.Shuttle()
    for dataset in classes:
        yield stream(type(dataset).__name__, dataset.take(ROWS), dataset.n_samples)
    for dataset in (
        datasets.AirlinePassengers(),
        datasets.ChickWeights(),
        datasets.TrumpApproval(),
        datasets.WaterFlow(),
    ):
        yield stream(type(dataset).__name__, ((x, float(y)) for x, y in dataset), dataset.n_samples)


def generated() -> Iterator[Stream]:
    """What River generates; each with a drift of its own kind, or none."""
    concepts = (synth.SEA(variant=variant, noise=0.1, seed=1 + variant) for variant in range(4))
    yield stream("SEA, abrupt", itertools.chain(*(concept.take(ROWS // 4) for concept in concepts)))
    yield stream("Agrawal", synth.Agrawal(classification_function=2, seed=1).take(ROWS))
    rbf = synth.RandomRBFDrift(
        seed_model=1,
        seed_sample=1,
        n_classes=4,
        n_features=10,
        n_centroids=30,
        n_drift_centroids=30,
        change_speed=0.0005,
    )
    yield stream("RandomRBFDrift", rbf.take(ROWS))
    plane = synth.Hyperplane(seed=1, n_features=10, n_drift_features=4, mag_change=0.001)
    yield stream("Hyperplane", plane.take(ROWS))
    yield stream("LED", synth.LED(seed=1, noise_percentage=0.1, irrelevant_features=True).take(ROWS))
    yield stream("Friedman", synth.Friedman(seed=1).take(ROWS))
    drift = synth.FriedmanDrift(drift_type="lea", position=(3_000, 6_000, 9_000), seed=1)
    yield stream("FriedmanDrift", drift.take(ROWS))
    yield stream("Mv", synth.Mv(seed=1).take(ROWS))


def from_file(path: Path, rows: int | None = ROWS) -> Stream:
    """The first rows of a CSV file, which may be gzipped; the column `target` is the target. A regression is longer."""
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as file:
        samples = [{name: _value(text) for name, text in row.items()} for row in csv.DictReader(file)]
    targets = [x.pop("target") for x in samples]
    values = set(targets[:REGRESSION_ROWS])
    is_regression = any(isinstance(y, float) for y in values) or len(values) > CLASSES
    pairs = zip(samples, map(float, targets) if is_regression else targets, strict=True)
    taken = itertools.islice(pairs, REGRESSION_ROWS if is_regression else rows)
    return stream(path.name.split(".")[0], taken, len(samples))


def _value(text: str) -> int | float | str:
    for number in (int, float):
        try:
            return number(text)
        except ValueError:
            continue
    return text
