"""`streamnorm train`: test, then learn, one row at a time."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable
from itertools import chain, islice
from pathlib import Path
from typing import Any

import click
from river import compose, preprocessing

from streamnorm import NormPropClassifier, NormPropRegressor
from streamnorm.cli.arrays import arranged, parsed
from streamnorm.cli.columns import Columns
from streamnorm.cli.progress import bar
from streamnorm.cli.scores import ClassificationScores, RegressionScores, Scores
from streamnorm.cli.table import Table

# So many rows tell what a column is. They are all that is held in memory.
HEAD = 1000
ROWS_PER_REFRESH = 50


def train(
    file: Path,
    target: str,
    task: str,
    hidden: str | None,
    input_shape: str | None,
    model: Path | None,
    onnx: Path | None,
    seed: int,
    as_json: bool,
) -> None:
    if hidden and not input_shape:
        raise click.ClickException(
            f"--hidden {hidden} is for arrays: say what shape the columns beside the target have, as --input-shape 6,50"
        )
    shape = parsed(input_shape) if input_shape else None
    outputs = [path for path in (model, onnx) if path]
    _check_outputs(file, outputs)
    if onnx:
        # Here, because where the extra is missing this is what says so.
        from streamnorm.export import to_onnx

    with file.open("rb") as stream:
        table = Table(stream)
        rows = iter(table)
        head = [*islice(rows, HEAD)]
        columns = Columns(table.header, [row for _, row in head], target, task)
        if model and columns.texts:
            raise click.ClickException(
                f"column {columns.texts[0]!r} holds text, and a saved model does not hold its encoder: "
                "train with --onnx alone, or replace the texts by numbers first"
            )
        if onnx and columns.texts:
            _check_names(table.header, target, columns.task)
        network, scores = _build(columns.task, hidden, shape, seed)
        if shape:
            names = [name for name in table.header if name != target]
            learner = compose.FuncTransformer(arranged(names, columns.texts, shape)) | network
        else:
            learner = _encoded(network) if columns.texts else network
        start = time.perf_counter()
        n = _learn(learner, scores, columns, chain(head, rows), table, os.path.getsize(file))
        seconds = time.perf_counter() - start

    if model:
        network.save(model)
    if onnx:
        try:
            to_onnx(network if shape else learner, onnx)
        except ValueError as error:
            raise click.ClickException(str(error)) from None
    if as_json:
        told = {"n": n, "task": columns.task, "texts": columns.texts, "metrics": scores.values(), "seconds": seconds}
        click.echo(json.dumps(told))
        return
    click.echo(f"{file.name}: {columns.task}, {n:,} rows in {seconds:.1f} s ({n / seconds:,.0f} rows/s)")
    if columns.texts:
        click.echo(f"  {'texts':<18}  {', '.join(columns.texts)}")
    for name, value in scores.values().items():
        click.echo(f"  {name:<18}  {value:.4g}")
    for path in outputs:
        click.echo(f"  {'wrote':<18}  {path} ({path.stat().st_size / 1000:,.1f} kB)")


def _check_outputs(file: Path, outputs: list[Path]) -> None:
    if len({path.resolve() for path in (file, *outputs)}) <= len(outputs):
        raise click.ClickException("FILE, --model and --onnx must be different files")
    # Nobody wants to hear after an hour of training that nothing can be written.
    for path in outputs:
        if not (path.parent.is_dir() and os.access(path.parent, os.W_OK | os.X_OK)):
            raise click.ClickException(f"cannot write {path}: {path.parent} is no directory to write in")


def _check_names(header: list[str], target: str, task: str) -> None:
    """With texts each column becomes an input of the exported file, under its name."""
    outputs = {"label", "probabilities"} if task == "classification" else {"value"}
    for name in header:
        if name in outputs and name != target:
            raise click.ClickException(f"column {name!r} has the name of an output of the exported file: rename it")


def _learn(
    learner: Any, scores: Scores, columns: Columns, rows: Iterable[tuple[int, list[str]]], table: Table, size: int
) -> int:
    """Test, then train, on every row; returns how many there were."""
    n = 0
    start = time.perf_counter()
    with bar() as progress:
        line_of_bar = progress.add_task("", total=size or None)
        for n, (line, row) in enumerate(rows, 1):
            x, y = columns.sample(row, line)
            scores.test(learner, x, y)
            learner.learn_one(x, y)
            if n % ROWS_PER_REFRESH == 0:
                name, value = next(iter(scores.values().items()))
                text = f"{n:,} rows, {n / (time.perf_counter() - start):,.0f} rows/s, {name} {value:.4g}"
                progress.update(line_of_bar, completed=table.bytes_read, description=text)
    return n


def _build(task: str, hidden: str | None, shape: tuple[int, ...] | None, seed: int) -> tuple[Any, Scores]:
    # The models standardise their inputs themselves: no scaler stands before them.
    options: dict[str, Any] = {"input_shape": shape, "missing": "mean"} if shape else {}
    if hidden:
        options["hidden"] = hidden
    try:
        if task == "classification":
            return NormPropClassifier(**options, seed=seed), ClassificationScores()
        return NormPropRegressor(**options, seed=seed), RegressionScores()
    except ValueError as error:
        raise click.ClickException(str(error)) from None


def _encoded(network: Any) -> Any:
    texts = compose.SelectType(str) | preprocessing.OneHotEncoder()
    return (texts + compose.SelectType(float)) | network
