"""Windows and images of sine waves, with a class each, for tests of networks that take arrays."""

from __future__ import annotations

from typing import Any

import numpy as np


def waves(shape: tuple[int, ...], n: int, seed: int = 0) -> list[tuple[dict[str, Any], str]]:
    """Arrays whose frequency tells the class, far from zero, of another scale in each channel."""
    rng = np.random.default_rng(seed)
    steps = np.arange(np.prod(shape[1:])).reshape(shape[1:])
    samples = []
    for i in range(n):
        phases = rng.uniform(0.0, 6.0, shape[0])
        noise = 0.3 * rng.standard_normal(shape)
        waves = [(c + 1) * np.sin((0.2 + 0.3 * (i % 3)) * steps + phase) + 5.0 * c for c, phase in enumerate(phases)]
        samples.append(({"window": np.stack(waves) + noise}, "abc"[i % 3]))
    return samples


def learned(model: Any, samples: list[tuple[dict[str, Any], Any]]) -> Any:
    for x, y in samples:
        model.learn_one(x, y)
    return model
