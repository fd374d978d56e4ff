"""Exact save and resume of a `SlidingWindow`, in the format of the models."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from streamnorm import __version__, checkpoint, files, names, safetensors
from streamnorm.arguments import is_count
from streamnorm.sliding_window import SlidingWindow
from streamnorm.typing import Array

# Whatever is counted can be counted on from here.
_MOST_SAMPLES = 2**62


def save(window: SlidingWindow, path: str | Path) -> None:
    """Write a window to a file; see `SlidingWindow.save`."""
    seen = window._channels
    description = {
        "format": checkpoint.FORMAT,
        "version": __version__,
        "class": "SlidingWindow",
        "parameters": {
            "size": int(window.size),
            "step": int(window.step),
            "channels": names.to_json([*window.channels]) if window.channels else None,
        },
        "state": {
            "channels": names.to_json(window.channels_),
            "samples": window._ring.n,
            "open": seen.open,
            "left_out": seen.n_left_out,
        },
    }
    arrays = {"ring": window._ring.array, "away": seen.away, "said": seen.said.astype(np.uint8)}
    files.replace(path, safetensors.encode(json.dumps(description, allow_nan=False), arrays))


def restored(parameters: dict[str, Any], state: dict[str, Any], arrays: dict[str, Array]) -> SlidingWindow:
    """The window of a file's content; raises ValueError where the parts do not fit together."""
    channels, declared = names.from_json(state["channels"]), parameters["channels"]
    window = SlidingWindow(
        parameters["size"], parameters["step"], None if declared is None else tuple(names.from_json(declared))
    )
    if window.channels not in (None, tuple(channels)):
        raise ValueError("its channels are not those that were named")
    ring, away, said = arrays["ring"], arrays["away"], arrays["said"]
    n = len(channels)
    if (ring.shape, away.shape, said.shape) != ((2, n, window.size + window.step - 1), (n,), (n,)):
        raise ValueError("its channels, its size and its arrays differ")
    if ring.dtype != np.float64 or np.isinf(ring[0]).any() or not np.isin(ring[1], (0.0, 1.0)).all():
        raise ValueError("array ring is not values, and whether they are the channel's own")
    if away.dtype != np.int64 or (away < 0).any():
        raise ValueError("array away does not count samples")
    if not all(is_count(state[name], at_least=0) and state[name] <= _MOST_SAMPLES for name in ("samples", "left_out")):
        raise ValueError("a number of samples is not a count")
    if not isinstance(state["open"], bool):
        raise ValueError("open is not true or false")
    seen = window._channels
    if window.channels is None:
        seen.index.add(channels)
    seen.open, seen.n_left_out, seen.away, seen.said = state["open"], state["left_out"], away.copy(), said.astype(bool)
    window._ring.array, window._ring.n = ring.copy(), state["samples"]
    return window
