"""What the race found, as tables."""

from __future__ import annotations

from benchmarks.page import table
from benchmarks.speed.models import MAKERS
from benchmarks.speed.race import KERNELS, PREDICT
from benchmarks.speed.sizes import SIZES, name
from benchmarks.speed.targets import micros

Times = dict[tuple[int, ...], dict[tuple[str, str], float]]
HEADS = [name(size) for size in SIZES]
BASE = "streamnorm, SGD"


def learn_table(times: Times) -> str:
    rows = [[peer, *cells(times, (peer, "learn"), (BASE, "learn"))] for peer in MAKERS]
    return table(["µs to learn one sample (times ours)", *HEADS], rows)


def predict_table(times: Times) -> str:
    rows = [[peer, *cells(times, (peer, "predict"), (BASE, "predict"))] for peer in PREDICT]
    return table(["µs to predict one sample (times ours)", *HEADS], rows)


def kernel_table(times: Times) -> str:
    sweep = ("kernel, SGD", "sweep")
    keys = {
        "a plain sweep": ("kernel, SGD", "naive"),
        "a sweep as fast as the memory": sweep,
        "to predict": ("kernel, SGD", "predict"),
    }
    keys |= {f"to learn, {method}": (f"kernel, {method}", "learn") for method in KERNELS}
    rows = [[what, *cells(times, key, sweep)] for what, key in keys.items()]
    return table(["µs of the kernel alone (times the sweep)", *HEADS], rows)


def cells(times: Times, key: tuple[str, str], base: tuple[str, str]) -> list[str]:
    """A peer's time on each network and its ratio to another's."""
    if any(key not in seen for seen in times.values()):
        return ["not measured"] * len(times)
    return [f"{micros(seen[key])} ({micros(seen[key] / seen[base])})" for seen in times.values()]


def footprint_table(seconds: dict[str, float], memory: dict[str, float], installed: dict[str, float]) -> str:
    rows = []
    for row in installed:
        measured = [f"{seconds[row]:.2f}", f"{memory[row]:.0f}"] if row in seconds else ["", ""]
        rows.append([row, *measured, f"{installed[row]:.0f}"])
    return table(["what it weighs", "seconds to import", "megabytes of memory", "megabytes installed"], rows)
