"""`streamnorm predict`: what a device would say to the rows of a file. Neither River nor onnx is imported."""

from __future__ import annotations

import csv
import sys
from pathlib import Path
from typing import Any

import click

from streamnorm.cli.exported import open_exported
from streamnorm.cli.features import by_column, require_some
from streamnorm.cli.table import Table, number


def predict(model: Path, file: Path) -> None:
    edge = open_exported(model)
    with file.open("rb") as stream:
        table = Table(stream)
        features = by_column(edge.features_)
        require_some(features, table.header, file)
        texts = [name for name in table.header if name in getattr(edge, "texts_", ())]
        numbers = [name for name in table.header if name in features and name not in texts]
        writer = csv.writer(sys.stdout, lineterminator="\n")
        classify = edge.task == "classification"
        writer.writerow(["label", *(f"p_{label}" for label in edge.classes_)] if classify else ["value"])
        for line, row in table:
            cells = dict(zip(table.header, row, strict=True))
            x: dict[Any, float | str] = {name: cells[name] for name in texts}
            x |= {features[name]: number(cells[name], line, name) for name in numbers if cells[name]}
            if classify:
                p = edge.predict_proba_one(x)
                writer.writerow([max(p, key=p.__getitem__), *(f"{p[label]:.9g}" for label in edge.classes_)])
            else:
                writer.writerow([f"{edge.predict_one(x):.9g}"])
        if missing := sorted(features.keys() - table.header):
            click.echo(f"streamnorm: no column for {', '.join(missing)}: they count as absent", err=True)
