"""Microseconds a step against the size of the network."""

from __future__ import annotations

import matplotlib

matplotlib.use("Agg")

from matplotlib import pyplot as plt
from matplotlib.ticker import NullLocator

from benchmarks.page import DOCS
from benchmarks.speed.sizes import SIZES, name, parameters
from benchmarks.speed.tables import Times

# Okabe and Ito's colours, told apart by every eye; markers and lines say the same without colour. Slowest first.
STYLES = {
    ("the same step in torch", "learn"): {"color": "#CC79A7", "marker": "D"},
    ("deep-river, SGD", "learn"): {"color": "#D55E00", "marker": "s"},
    ('streamnorm, `"auto"`', "learn"): {"color": "#0072B2", "marker": "o", "linestyle": "--"},
    ("streamnorm, SGD", "learn"): {"color": "#0072B2", "marker": "o"},
    ("kernel, SGD", "learn"): {"color": "#009E73", "marker": "^"},
    ("kernel, SGD", "sweep"): {"color": "#000000", "linestyle": ":"},
    ("River, logistic regression", "learn"): {"color": "#E69F00", "marker": "_", "linestyle": "", "markersize": 16},
}
NAMES = {
    ('streamnorm, `"auto"`', "learn"): 'streamnorm, "auto": three rates',
    ("kernel, SGD", "learn"): "kernel alone, SGD",
    ("kernel, SGD", "sweep"): "streaming sweep over the weights",
    ("River, logistic regression", "learn"): "River, logistic regression, as many features",
}


def draw(times: Times) -> None:
    figure, axis = plt.subplots(figsize=(8, 5))
    sizes = [parameters(size) for size in SIZES]
    for key, style in STYLES.items():
        if all(key in seen for seen in times.values()):
            axis.plot(sizes, [times[size][key] for size in SIZES], label=NAMES.get(key, key[0]), **style)
    axis.set(xscale="log", yscale="log", ylabel="µs to learn one sample, log scale")
    axis.set_xlabel("network, at its number of parameters, log scale")
    axis.set_xticks(sizes, [f"{name(size)}\n{parameters(size):,}" for size in SIZES])
    axis.set_yticks([0.1, 1, 10, 100, 1000], ["0.1", "1", "10", "100", "1000"])
    axis.xaxis.set_minor_locator(NullLocator())
    axis.spines[["top", "right"]].set_visible(False)
    axis.grid(alpha=0.25)
    axis.legend(frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    figure.savefig(DOCS / "benchmarks.png", dpi=130, bbox_inches="tight")
    plt.close(figure)
