"""Windows that were cut from recordings with an overlap of half, and shuffled: which follows which."""

from __future__ import annotations

import numpy as np

DIGITS = 6  # What is left of the same number in two windows.


def recordings(windows: np.ndarray) -> list[list[int]]:
    """The rows of each recording [rows, channels, steps], in its order of time."""
    half = windows.shape[-1] // 2
    rounded = np.round(windows, DIGITS)
    begins = {window[:, :half].tobytes(): row for row, window in enumerate(rounded)}
    following = {row: begins.get(window[:, half:].tobytes()) for row, window in enumerate(rounded)}
    return [chain(row, following) for row in sorted(set(following) - set(following.values()))]


def chain(row: int | None, following: dict[int, int | None]) -> list[int]:
    rows = []
    while row is not None:
        rows.append(row)
        row = following[row]
    return rows


def every_second(windows: np.ndarray) -> np.ndarray:
    """The rows, in their order, of windows that have nothing in common."""
    return np.array(sorted(row for recording in recordings(windows) for row in recording[::2]))
