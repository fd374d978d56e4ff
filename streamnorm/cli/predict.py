"""`streamnorm predict`: what a device would say to the rows of a file. Neither River nor onnx is imported."""

from __future__ import annotations

import csv
import sys
from pathlib import Path
from typing import Any

import click

from streamnorm.cli.exported import open_exported
from streamnorm.cli.table import Table, number


def predict(model: Path, file: Path) -> None:
    edge = open_exported(model)
    with file.open("rb") as stream:
        table = Table(stream)
        features = {str(name): name for name in edge.features_}
        if len(features) < len(edge.features_):
            raise click.ClickException(
                "some of the model's features have the same name in a CSV file, such as 1 and '1'"
            )
        known = [name for name in table.header if name in features]
        if not known:
            raise click.ClickException(
                f"none of the model's features is a column of {file}; it knows {', '.join(map(repr, [*features][:20]))}"
            )
        writer = csv.writer(sys.stdout, lineterminator="\n")
        classify = edge.task == "classification"
        writer.writerow(["label", *(f"p_{label}" for label in edge.classes_)] if classify else ["value"])
        for line, row in table:
            cells = dict(zip(table.header, row, strict=True))
            x: dict[Any, float] = {features[name]: number(cells[name], line, name) for name in known if cells[name]}
            if classify:
                p = edge.predict_proba_one(x)
                writer.writerow([max(p, key=p.__getitem__), *(f"{p[label]:.9g}" for label in edge.classes_)])
            else:
                writer.writerow([f"{edge.predict_one(x):.9g}"])
        if missing := sorted(features.keys() - table.header):
            click.echo(f"streamnorm: no column for {', '.join(missing)}: they count as their mean", err=True)
