"""Accuracy against what a sample costs, for each stream."""

from __future__ import annotations

import matplotlib

matplotlib.use("Agg")

from matplotlib import pyplot as plt
from matplotlib.ticker import NullLocator

from benchmarks.page import DOCS
from benchmarks.windows.tables import Accuracies, Costs

TICKS = (10, 100, 1_000, 10_000)

# Okabe and Ito's colours; a form for each normalisation, and none but an outline where the net is dense.
STYLES = {
    "streamnorm": ("#0072B2", "o", True),
    "streamnorm 0.001": ("#56B4E9", "o", True),
    "dense streamnorm": ("#0072B2", "o", False),
    "ReLU": ("#D55E00", "s", True),
    "LayerNorm": ("#CC79A7", "D", True),
    "GroupNorm": ("#E69F00", "^", True),
    "dense ReLU": ("#D55E00", "s", False),
    "dense LayerNorm": ("#CC79A7", "D", False),
}
NAMES = {"streamnorm": 'streamnorm, "auto"', "streamnorm 0.001": "streamnorm, one rate"}


def draw(accuracies: Accuracies, costs: Costs) -> None:
    figure, axes = plt.subplots(1, len(costs), figsize=(3.4 * len(costs), 3.4), squeeze=False, sharex=True)
    for axis, (stream, cost) in zip(axes[0], costs.items(), strict=True):
        for name, (color, marker, filled) in STYLES.items():
            at = cost[name].learn + cost[name].predict, accuracies[stream][name][0]
            label = NAMES.get(name, name if "streamnorm" in name else f"torch, {name}")
            fill = color if filled else "none"
            axis.plot(*at, marker, color=color, markerfacecolor=fill, markersize=8, label=label)
        axis.set(xscale="log", title=stream, xlabel="µs to predict and learn, log scale")
        axis.set_xticks(TICKS, [f"{tick:,}" for tick in TICKS])
        axis.xaxis.set_minor_locator(NullLocator())
        axis.spines[["top", "right"]].set_visible(False)
        axis.grid(alpha=0.25)
    axes[0, 0].set_ylabel("accuracy, test then train")
    axes[0, -1].legend(frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    figure.tight_layout()
    figure.savefig(DOCS / "windows.png", dpi=110, bbox_inches="tight")
    plt.close(figure)
