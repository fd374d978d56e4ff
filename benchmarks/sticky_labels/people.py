"""Made-up people who wear a made-up watch: each moves in a way of their own, and does one thing for a while."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

HERTZ = 25
ACTIVITIES = ("stairs", "walk", "run", "row", "stir", "wave")
_HARMONICS = 3


class Segment(NamedTuple):
    """Accelerations [steps, channels] of one person doing one thing."""

    values: np.ndarray
    activity: str


class Movement(NamedTuple):
    """What an activity is for everybody: movements a second, and how far each harmonic goes along each axis."""

    frequency: float
    amplitudes: np.ndarray
    phases: np.ndarray


def movements(seed: int) -> dict[str, Movement]:
    """The activities, of which some differ in little more than how the hand goes."""
    rng = np.random.default_rng(seed)
    decay = 1.0 / np.arange(1, _HARMONICS + 1)[:, np.newaxis]
    return {
        name: Movement(
            frequency=1.0 + 0.25 * i,
            amplitudes=rng.normal(size=(_HARMONICS, 3)) * decay,
            phases=rng.uniform(0, 2 * np.pi, size=(_HARMONICS, 3)),
        )
        for i, name in enumerate(ACTIVITIES)
    }


def person(activities: dict[str, Movement], seconds: int, rounds: int, seed: int) -> Iterator[Segment]:
    """All that one person does, each activity some times, in an order of their own."""
    rng = np.random.default_rng(seed)
    pace, strength = np.exp(rng.normal(0.0, [0.2, 0.4]))
    worn = _rotation(rng.normal(size=3) * 0.5)
    noise = np.exp(rng.normal(-1.0, 0.4))
    style = {name: (rng.normal(0, 0.4, (_HARMONICS, 3)), rng.normal(0, 0.6, (_HARMONICS, 3))) for name in activities}
    for _ in range(rounds):
        for name in rng.permutation([*activities]):
            movement, (louder, later) = activities[name], style[name]
            frequency = movement.frequency * pace * np.exp(rng.normal(0.0, 0.03))
            t = np.arange(seconds * HERTZ)[:, np.newaxis, np.newaxis] / HERTZ
            angles = 2 * np.pi * frequency * np.arange(1, _HARMONICS + 1)[:, np.newaxis] * t
            waves = np.sin(angles + movement.phases + later + rng.uniform(0, 2 * np.pi))
            hand = strength * (movement.amplitudes * np.exp(louder) * waves).sum(axis=1) + [0.0, 0.0, 1.0]
            yield Segment(hand @ worn.T + noise * rng.normal(size=hand.shape), str(name))


def _rotation(axis: np.ndarray) -> np.ndarray:
    """By an angle of the length of the axis [3, 3]."""
    angle = np.linalg.norm(axis)
    x, y, z = axis / angle
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    rotation: np.ndarray = np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross
    return rotation
