"""Windows of sensors and small images: convolutions of ours beside the same nets in torch, and beside dense ones.

`python -m benchmarks.windows` prints the tables and writes them, and a picture, into docs/windows.md, which says how to
read them. With `--data DIR` it takes watch_har_raw.csv.gz and mnist_5k.csv.gz of that folder as well. What torch has
learned stays in build/windows.json, from which a run that was ended goes on.
"""

from __future__ import annotations

import argparse
import importlib.metadata
from pathlib import Path

import torch

from benchmarks.page import fill
from benchmarks.speed.__main__ import cpu
from benchmarks.windows import tables
from benchmarks.windows.accuracy import SEEDS, accuracies
from benchmarks.windows.models import NARROW
from benchmarks.windows.picture import draw
from benchmarks.windows.speed import race
from benchmarks.windows.streams import streams


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.windows", description=__doc__)
    parser.add_argument("--data", type=Path, help="a folder with watch_har_raw.csv.gz and mnist_5k.csv.gz")
    folder = parser.parse_args().data
    torch.set_num_threads(1)  # On steps of this size more threads mostly wait for each other.
    found, costs, nets = {}, {}, {}
    for stream in streams(folder):
        nets[stream.name] = stream.net
        if stream.net not in costs:
            costs[stream.net] = race(stream)
            if stream.preset == "sensor":
                narrow = stream._replace(preset=NARROW)
                costs[narrow.net] = race(narrow)
        found[stream.name] = accuracies(stream)
    draw(found, {name: costs[net] for name, net in nets.items()})
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("streamnorm", "torch", "numpy"))
    note = f"Means over seeds {', '.join(map(str, SEEDS))}. {cpu()}; {versions}; one thread."
    parts = [tables.accuracy_table(found), tables.settings_note(), tables.ratio_table(costs), tables.cost_table(costs)]
    fill("windows.md", "written by benchmarks.windows", "\n\n".join([*parts, note]))


if __name__ == "__main__":
    main()
