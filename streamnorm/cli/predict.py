"""`streamnorm predict`: what a device would say to the rows of a file. Neither River nor onnx is imported."""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from streamnorm.cli.exported import open_exported
from streamnorm.cli.features import by_column, refuse_arrays, require_some
from streamnorm.cli.table import Table, number


def predict(model: Path, file: Path) -> None:
    edge = open_exported(model)
    refuse_arrays(edge.input_shape, model)
    with file.open("rb") as stream:
        table = Table(stream)
        features = by_column(edge.features_)
        require_some(features, table.header, file)
        texts = [name for name in table.header if name in getattr(edge, "texts_", ())]
        numbers = [name for name in table.header if name in features and name not in texts]
        writer = csv.writer(sys.stdout, lineterminator="\n")
        told = TOLD[edge.task]
        writer.writerow(told(edge, {}))
        for line, row in table:
            cells = dict(zip(table.header, row, strict=True))
            x: dict[Any, float | str] = {name: cells[name] for name in texts}
            x |= {features[name]: number(cells[name], line, name) for name in numbers if cells[name]}
            writer.writerow(told(edge, x).values())
        if missing := sorted(features.keys() - table.header):
            click.echo(f"streamnorm: no column for {', '.join(missing)}: they count as absent", err=True)


def _class(edge: Any, x: dict[Any, Any]) -> dict[str, Any]:
    p = edge.predict_proba_one(x)
    return {"label": edge.predict_one(x)} | {f"p_{label}": f"{p[label]:.9g}" for label in edge.classes_}


def _labels(edge: Any, x: dict[Any, Any]) -> dict[str, Any]:
    return {f"p_{label}": f"{p[True]:.9g}" for label, p in edge.predict_proba_one(x).items()}


def _score(edge: Any, x: dict[Any, Any]) -> dict[str, Any]:
    return {"score": f"{edge.score_one(x):.9g}"}


def _value(edge: Any, x: dict[Any, Any]) -> dict[str, Any]:
    return {"value": f"{edge.predict_one(x):.9g}"}


def _values(edge: Any, x: dict[Any, Any]) -> dict[str, Any]:
    return {str(target): f"{value:.9g}" for target, value in edge.predict_one(x).items()}


# By the task, what is written of a sample: the header of each column, and what stands there.
TOLD: dict[str, Callable[[Any, dict[Any, Any]], dict[str, Any]]] = {
    "anomaly detection": _score,
    "classification": _class,
    "multi-label classification": _labels,
    "multi-target regression": _values,
    "regression": _value,
}
