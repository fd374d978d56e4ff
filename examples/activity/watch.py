"""Recordings of a watch from a file of windows, which overlap by half and come shuffled."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

SHAPE = (6, 50)
DIGITS = 6  # What is left of the same number in two windows.


def recordings(path: Path) -> Iterator[tuple[np.ndarray, str]]:
    """Each recording [steps, channels], and what its wearer did."""
    table = np.loadtxt(path, str, delimiter=",", skiprows=1)
    windows, activities = table[:, :-1].astype(float).reshape(-1, *SHAPE), table[:, -1].tolist()
    for rows in chains(windows):
        halves = [windows[rows[0], :, : SHAPE[1] // 2], *(windows[row, :, SHAPE[1] // 2 :] for row in rows)]
        yield np.concatenate(halves, axis=1).T, activities[rows[0]]


def chains(windows: np.ndarray) -> Iterator[list[int]]:
    """The rows that were cut from one recording, in its order of time."""
    half = windows.shape[-1] // 2
    rounded = np.round(windows, DIGITS)
    begins = {window[:, :half].tobytes(): row for row, window in enumerate(rounded)}
    following = {row: begins.get(window[:, half:].tobytes()) for row, window in enumerate(rounded)}
    for row in sorted(following.keys() - set(following.values())):
        chain = [row]
        while (after := following[chain[-1]]) is not None:
            chain.append(after)
        yield chain
