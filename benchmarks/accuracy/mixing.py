"""Mixtures of recorded replicas: `streamnorm.mixture` without the networks, for many rates and constants at once."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from streamnorm.losses.blame import MOST
from streamnorm.mixture import HEDGE, SHARE, WORST


class Setting(NamedTuple):
    """Which of the recorded replicas are mixed, and how."""

    name: str
    replicas: tuple[str, ...]
    hedge: float = HEDGE
    share: float = SHARE


def log_losses(p: np.ndarray) -> np.ndarray:
    """What weighs the replicas of a classification, by the probabilities that they gave the truth."""
    with np.errstate(divide="ignore"):
        return np.minimum(-np.log(p), WORST)


def blames(predictions: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """What weighs the replicas of a regression, both being in standard deviations."""
    e = np.abs(predictions - targets)
    return np.minimum(np.where(e < 1.0, 0.5 * e * e, e - 0.5), MOST)


def weights(losses: np.ndarray, replicas: list[str], settings: list[Setting]) -> np.ndarray:
    """The weights before each row [rows, settings, seeds, replicas], by Hedge with a fixed share.

    `losses` are [rows, seeds, replicas]. Replicas do not meet here: what the library does with a hopeless one, to let
    it start again from the leader, is left out.
    """
    mixed = np.array([[name in setting.replicas for name in replicas] for setting in settings])[:, None, :]
    equal = mixed / mixed.sum(axis=-1, keepdims=True)
    hedge, share = (np.array([[[getattr(s, name)]] for s in settings]) for name in ("hedge", "share"))
    w = np.repeat(equal, losses.shape[1], axis=1)
    result = np.empty((len(losses), *w.shape))
    for row, loss in zip(result, losses, strict=True):
        row[:] = w
        # The best of those that are mixed keeps its weight as it is.
        best = np.where(mixed, loss, np.inf).min(axis=-1, keepdims=True)
        w = w * np.exp(-hedge * np.where(mixed, loss - best, 0.0))
        w = (1.0 - share) * w / w.sum(axis=-1, keepdims=True) + share * equal
    return result
