"""Windows of sensors and images, one after the other, as arrays."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from sklearn.datasets import load_digits

from examples.activity.watch import chains


class Stream(NamedTuple):
    """Arrays [rows, channels, steps] or [rows, channels, height, width], the class of each, and a net by name."""

    name: str
    preset: str
    arrays: np.ndarray
    classes: np.ndarray

    @property
    def shape(self) -> tuple[int, ...]:
        return self.arrays.shape[1:]

    @property
    def net(self) -> str:
        return f"{self.preset}, {' x '.join(map(str, self.shape))}"

    @property
    def n_classes(self) -> int:
        return int(self.classes.max()) + 1


def streams(folder: Path | None) -> Iterator[Stream]:
    """Those of a folder, and the digits that come with scikit-learn."""
    if folder:
        watch = from_file(folder / "watch_har_raw.csv.gz", "sensor", (6, 50))
        apart = sorted(row for chain in chains(watch.arrays) for row in chain[::2])
        yield watch
        yield watch._replace(name=f"{watch.name}, apart", arrays=watch.arrays[apart], classes=watch.classes[apart])
        yield from_file(folder / "mnist_5k.csv.gz", "image", (1, 28, 28))
    digits = load_digits()
    yield Stream("digits", "image", digits.images[:, np.newaxis], digits.target)


def from_file(path: Path, preset: str, shape: tuple[int, ...]) -> Stream:
    """A CSV file with a column for each value of an array, and a last one, `target`."""
    table = pd.read_csv(path)
    _, classes = np.unique(table.pop("target"), return_inverse=True)
    return Stream(path.name.split(".")[0], preset, table.to_numpy(float).reshape(-1, *shape), classes)
