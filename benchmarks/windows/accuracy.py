"""How often each model was right before it learned a row. What torch takes an hour for is kept."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from benchmarks.peers.packages import ROOT
from benchmarks.windows.models import SETTINGS, Setting, build, hidden_of
from benchmarks.windows.streams import Stream

SEEDS = (1, 2)
KEPT = ROOT / "build" / "windows.json"
AUTO = ("rmsprop", "auto")
ONE = ("rmsprop", 0.001)
OURS = {
    "streamnorm": ("streamnorm", [AUTO]),
    "streamnorm 0.001": ("streamnorm", [ONE]),
    "streamnorm, best of five": ("streamnorm", SETTINGS),
    "dense streamnorm": ("dense streamnorm", [AUTO]),
}
PEERS = ("ReLU", "LayerNorm", "GroupNorm", "dense ReLU", "dense LayerNorm")
MODELS: dict[str, tuple[str, Iterable[Setting]]] = {**OURS, **{peer: (peer, SETTINGS) for peer in PEERS}}


def accuracies(stream: Stream) -> dict[str, tuple[float, Setting]]:
    """Of each model the mean over the seeds at the best of its settings, and which that was."""
    return {model: best(stream, *what) for model, what in MODELS.items()}


def best(stream: Stream, name: str, settings: Iterable[Setting]) -> tuple[float, Setting]:
    means = {setting: float(np.mean([right(stream, name, setting, seed) for seed in SEEDS])) for setting in settings}
    setting = max(means, key=means.__getitem__)
    return means[setting], setting


def right(stream: Stream, name: str, setting: Setting, seed: int) -> float:
    """Test, then train, over the whole stream. Ours is quick, and measured every time."""
    if "streamnorm" in name:
        return measured(stream, name, setting, seed)
    kept = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    key = f"{stream.name} {hidden_of(stream, name.startswith('dense'))} {name} {setting} {seed}"
    if key not in kept:
        kept[key] = measured(stream, name, setting, seed)
        keep(KEPT, kept)
    return kept[key]


def measured(stream: Stream, name: str, setting: Setting, seed: int) -> float:
    model = build(name, stream, setting, seed)
    found = 0
    for array, y in zip(stream.arrays, stream.classes.tolist(), strict=True):
        sample = model.sample(array)
        found += model.predict(sample) == y
        model.learn(sample, y)
    accuracy = found / len(stream.classes)
    print(f"{stream.name}, {name}, {setting}, seed {seed}: {accuracy:.4f}", flush=True)
    return accuracy


def keep(path: Path, results: dict[str, float]) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(results, indent=1))
