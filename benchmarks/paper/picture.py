"""The pictures of docs/paper.md."""

from __future__ import annotations

import matplotlib

matplotlib.use("Agg")

from matplotlib import pyplot as plt
from matplotlib.ticker import NullLocator

from benchmarks.page import DOCS

# Okabe and Ito's colours, told apart by every eye; markers say the same without colour.
STYLES = {
    "NormProp": {"color": "#0072B2", "marker": "o"},
    "ReLU": {"color": "#D55E00", "marker": "s"},
    "LayerNorm": {"color": "#009E73", "marker": "^"},
    "BatchNorm": {"color": "#CC79A7", "marker": "D"},
    "plain": {"color": "#D55E00", "marker": "s"},
}
MOMENT_STYLES = {
    "before": {"color": "#999999", "marker": "o"},
    "during": {"color": "#E69F00", "marker": "s"},
    "after": {"color": "#000000", "marker": "^"},
}
TITLES = {"textbook": "textbook start: Gaussian rows", "mirrored": "mirrored orthogonal start"}

plt.rcParams.update(
    {
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "grid.alpha": 0.25,
        "lines.markersize": 5,
        "legend.frameon": False,
        "font.size": 10,
    }
)


def draw_statistics(looks, moments) -> None:
    """Mean and sd, layer by layer: one column a net."""
    figure, axes = plt.subplots(2, len(looks), figsize=(10, 5), sharex=True, sharey="row")
    for column, (net, three) in zip(axes.T, looks.items(), strict=True):
        for moment, layers in zip(moments, three, strict=True):
            number = range(1, len(layers.mean) + 1)
            column[0].plot(number, layers.mean, label=moment, **MOMENT_STYLES[moment])
            column[1].plot(number, layers.sd, label=moment, **MOMENT_STYLES[moment])
        column[0].set_title(net)
        column[1].set_xlabel("hidden layer")
        column[1].set_yscale("log")
        column[1].set_yticks([0.5, 1, 2, 4, 8], ["0.5", "1", "2", "4", "8"])
        column[1].yaxis.set_minor_locator(NullLocator())
    axes[0, 0].set_ylabel("mean of the units")
    axes[1, 0].set_ylabel("sd of the units, log scale")
    axes[0, 0].legend(title="learning")
    _save(figure, "statistics")


def draw_cause(found) -> None:
    """What varies with the input, and how alike two inputs are, layer by layer: one column a recipe."""
    figure, axes = plt.subplots(2, 2, figsize=(10, 6), sharex=True, sharey="row")
    for column, (recipe, title) in zip(axes.T, TITLES.items(), strict=True):
        for net in ("NormProp", "ReLU", "LayerNorm"):
            for axis, values in zip(column, found[net, recipe], strict=True):
                axis.plot(range(1, len(values) + 1), values, label=net, markevery=3, **STYLES[net])
        column[0].set(title=title, yscale="log")
        column[0].set_yticks([0.01, 0.03, 0.1, 0.3, 1], ["0.01", "0.03", "0.1", "0.3", "1"])
        column[0].yaxis.set_minor_locator(NullLocator())
        column[1].set_xlabel("hidden layer, before learning")
    axes[0, 0].set_ylabel("share of the mean square\nthat varies with the input")
    axes[1, 0].set_ylabel("mean cosine\nbetween two inputs")
    axes[0, 0].legend()
    _save(figure, "cause")


def draw_depth(best, depths, streams) -> None:
    """Accuracy against depth: one row a stream, one column a recipe."""
    figure, axes = plt.subplots(len(streams), 2, figsize=(10, 6), sharex=True, sharey="row")
    for index, (row, stream) in enumerate(zip(axes, streams, strict=True)):
        for axis, (recipe, title) in zip(row, TITLES.items(), strict=True):
            for net in ("NormProp", "ReLU", "LayerNorm"):
                axis.plot(depths, [best[net, recipe, depth][index] for depth in depths], label=net, **STYLES[net])
            axis.set_title(f"{stream}, {title}", fontsize=10)
            axis.set_xscale("log", base=2)
            axis.set_xticks(depths, map(str, depths))
        row[0].set_ylabel("accuracy, test then train")
    for axis in axes[-1]:
        axis.set_xlabel("hidden layers of 64")
    axes[0, 0].legend()
    _save(figure, "depth")


def draw_cost(points) -> None:
    """Accuracy against time per sample: (net, batch size, microseconds, accuracy)."""
    figure, axis = plt.subplots(figsize=(7, 4))
    for net in dict.fromkeys(net for net, *_ in points):
        mine = [point for point in points if point[0] == net]
        axis.plot([p[2] for p in mine], [p[3] for p in mine], label=net, **STYLES[net])
        for _, size, microseconds, accuracy in mine:
            axis.annotate(f"batch {size}", (microseconds, accuracy), (6, 6), textcoords="offset points", fontsize=8)
    axis.set(xlabel="µs a sample, log scale", ylabel="accuracy of one pass", xscale="log")
    axis.set_xticks([5, 10, 20, 50, 100, 200, 500], ["5", "10", "20", "50", "100", "200", "500"])
    axis.xaxis.set_minor_locator(NullLocator())
    axis.margins(0.12)
    axis.legend(loc="lower center")
    _save(figure, "cost")


def _save(figure, name: str) -> None:
    figure.tight_layout()
    figure.savefig(DOCS / f"paper-{name}.png", dpi=130)
    plt.close(figure)
