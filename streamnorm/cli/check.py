"""`streamnorm check`: one stream through a saved model and through the file that was made of it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from streamnorm.cli.exported import open_exported
from streamnorm.cli.features import by_column, refuse_arrays, require_some
from streamnorm.cli.saved import open_saved
from streamnorm.cli.table import Table, number


def check(model: Path, onnx: Path, file: Path, target: str | None, tolerance: float) -> None:
    live, edge = open_saved(model), open_exported(onnx)
    refuse_arrays(live.input_shape, model)
    if target is not None and not hasattr(edge, "learn_one"):
        raise click.ClickException(f"{onnx} only predicts: export it with --learn, or leave --target out")
    if target is not None and live._task not in ("classification", "regression"):
        raise click.ClickException("--target names one column, which is not what this model learns from: leave it out")
    columns = by_column(live.features_)
    for what, differs in (
        ("another task", live._task != edge.task),
        ("other features", {*live.features_} != {*edge.features_}),
        # One of the two may have met more classes than the other.
        ("other outputs", live._task != "classification" and live._output_names() != edge.outputs_),
    ):
        if differs:
            raise click.ClickException(f"{onnx} has {what} than {model}: it was not made of this model")
    rows, same, largest, where = 0, 0, 0.0, 0
    with file.open("rb") as stream:
        table = Table(stream)
        require_some(columns, table.header, file)
        if target is not None and target not in table.header:
            raise click.ClickException(f"no column {target!r}; the file has {', '.join(map(repr, table.header[:20]))}")
        for line, row in table:
            rows += 1
            cells = dict(zip(table.header, row, strict=True))
            x = {columns[name]: number(cell, line, name) for name, cell in cells.items() if cell and name in columns}
            gap, alike = _compare(live, edge, x)
            same += alike
            if gap > largest:
                largest, where = gap, line
            if target is not None:
                y = _target(live, cells[target], line, target)
                try:
                    edge.learn_one(x, y)
                except ValueError as error:  # A class that there is no room for.
                    raise click.ClickException(f"line {line}, column {target!r}: {error}") from None
                live.learn_one(x, y)
    if not rows:
        raise click.ClickException("the file has a header and no rows")
    click.echo(f"rows        {rows:,}{', each learned by both after it was predicted' if target is not None else ''}")
    if hasattr(live, "classes_") or hasattr(live, "labels_"):
        click.echo(f"same label  {same:,}")
    click.echo(f"difference  {largest:.1e} at most{f', in line {where}' if where else ''}; tolerance {tolerance:g}")
    if largest > tolerance:
        sys.exit(1)


def _compare(live: Any, edge: Any, x: dict[Any, float]) -> tuple[float, bool]:
    """The largest difference of a prediction, of a value beyond 1 relative to it; and whether the label is the same."""
    if hasattr(live, "classes_"):
        here, there = live.predict_proba_one(x), edge.predict_proba_one(x)
        gap = max(abs(here.get(label, 0.0) - there.get(label, 0.0)) for label in {*here, *there})
        return gap, live.predict_one(x) == edge.predict_one(x)
    if hasattr(live, "labels_"):
        here, there = live.predict_proba_one(x), edge.predict_proba_one(x)
        gap = max(abs(here[label][True] - there[label][True]) for label in here)
        return gap, live.predict_one(x) == edge.predict_one(x)
    if hasattr(live, "score_one"):
        return abs(live.score_one(x) - edge.score_one(x)), True
    here, there = live.predict_one(x), edge.predict_one(x)
    if not hasattr(live, "targets_"):
        here, there = {"value": here}, {"value": there}
    return max(abs(value - there[name]) / max(1.0, abs(value)) for name, value in here.items()), True


def _target(live: Any, cell: str, line: int, column: str) -> Any:
    """A cell as the model knows its targets."""
    if not cell:
        raise click.ClickException(f"line {line}, column {column!r}: the target is missing")
    if not hasattr(live, "classes_"):
        return number(cell, line, column)
    known = {str(label): label for label in live.classes_}
    if cell not in known and live.classes_ and type(live.classes_[0]) is not str:
        raise click.ClickException(
            f"line {line}, column {column!r}: {cell!r}, where the model's labels are {', '.join([*known][:20])}"
        )
    return known.get(cell, cell)
