"""What an accelerometer and a gyroscope on a wrist would measure, 25 times a second: gravity, gait and noise."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

RATE = 25
SECONDS = 20
# Steps or turns a second, g up and down, radians a second about the arm, and how sharp a step is: its second harmonic.
ACTIVITIES = {
    "rest": (0.3, 0.02, 0.05, 0.0),
    "walk": (1.8, 0.30, 1.0, 0.5),
    "run": (2.7, 1.10, 2.5, 0.8),
    "climb": (1.5, 0.25, 1.2, 0.9),
    "cycle": (1.3, 0.12, 0.4, 0.1),
}


def recordings(person: int, rounds: int) -> Iterator[tuple[np.ndarray, str]]:
    """Every activity once a round [steps, channels], with its name. All move, and wear the watch, in their own way."""
    rng = np.random.default_rng(person)
    style, worn = rng.lognormal(sigma=[0.08, 0.15, 0.15]), rng.normal(scale=0.7, size=2)
    for _ in range(rounds):
        for activity in rng.permutation([*ACTIVITIES]).tolist():
            *motion, sharpness = ACTIVITIES[activity]
            yield recorded(*(motion * style * rng.lognormal(sigma=0.05, size=3)), sharpness, *worn, rng), activity


def recorded(
    pace: float, force: float, turn: float, sharpness: float, tilt: float, roll: float, rng: np.random.Generator
) -> np.ndarray:
    seconds = np.arange(SECONDS * RATE) / RATE
    # Nobody keeps a pace exactly.
    phase = 2.0 * np.pi * pace * seconds + np.cumsum(rng.normal(scale=0.05, size=len(seconds)))
    gait = np.sin(phase) + sharpness * np.sin(2.0 * phase + rng.uniform(0.0, 1.0))
    swing = np.sin(phase / 2.0 + rng.uniform(0.0, 2.0 * np.pi))  # An arm swings once in two steps.
    up, forward, sway = 1.0 + force * gait, 0.5 * force * swing, tilt + 0.2 * turn * swing
    acceleration = up * np.sin(sway) + forward, up * np.sin(roll), up * np.cos(sway) * np.cos(roll)
    rotation = 0.3 * turn * gait, turn * swing, 0.5 * turn * np.roll(swing, 3)
    noise = rng.normal(scale=[0.05] * 3 + [0.1] * 3, size=(len(seconds), 6))
    return np.column_stack([*acceleration, *rotation]) + noise
