"""What was measured, as the tables of docs/windows.md."""

from __future__ import annotations

from benchmarks.page import table
from benchmarks.windows.accuracy import MODELS, SETTINGS
from benchmarks.windows.models import NARROW, Setting
from benchmarks.windows.speed import RACE, Cost

Accuracies = dict[str, dict[str, tuple[float, Setting]]]
Costs = dict[str, dict[str, Cost]]
# Ours beside torch's of the same optimiser; and how many times faster one network is to learn.
RATIOS = (("streamnorm 0.001", "ReLU"), ("streamnorm, SGD", "ReLU, SGD"), ("streamnorm", "ReLU"))
TARGETS = {"sensor, 6 x 50": 25, f"{NARROW}, 6 x 50": 25, "image, 1 x 28 x 28": 10}


def accuracy_table(found: Accuracies) -> str:
    """In brackets the setting that was best, where there was a choice."""
    return table(
        ["accuracy", *found],
        [[name, *(shown(*scores[name], len(MODELS[name][1]) > 1) for scores in found.values())] for name in MODELS],
    )


def shown(score: float, setting: Setting, chosen: bool) -> str:
    optimizer, rate = setting
    return f"{score:.3f} ({optimizer} {rate})" if chosen else f"{score:.3f}"


def settings_note() -> str:
    return "Settings to choose from: " + ", ".join(f"{optimizer} {rate}" for optimizer, rate in SETTINGS) + "."


def cost_table(costs: Costs) -> str:
    cells = (lambda c: f"{c.learn:,.0f} / {c.predict:,.0f}", lambda c: f"{c.parameters:,}")
    head = ["", *(f"{net}: {what}" for net in costs for what in ("µs to learn / predict", "parameters"))]
    return table(head, [[n, *(cell(seen[n]) for seen in costs.values() for cell in cells)] for n in RACE])


def ratio_table(costs: Costs) -> str:
    learn = [f"{net}: to learn{f' (target {TARGETS[net]})' if net in TARGETS else ''}" for net in costs]
    rows = []
    for ours, theirs in RATIOS:
        ratios = [seen[theirs].learn / seen[ours].learn for seen in costs.values()]
        ratios += [seen[theirs].predict / seen[ours].predict for seen in costs.values()]
        rows.append([ours, theirs, *map("{:.1f}".format, ratios)])
    return table(["times faster", "than", *learn, *(f"{net}: to predict" for net in costs)], rows)
