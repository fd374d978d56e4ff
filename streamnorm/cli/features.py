from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import click


def by_column(features: Iterable[Any]) -> dict[str, Any]:
    """A model's features by the names that they have in a CSV file."""
    features = list(features)
    columns = {str(name): name for name in features}
    if len(columns) < len(features):
        raise click.ClickException("some of the model's features have the same name in a CSV file, such as 1 and '1'")
    return columns


def refuse_arrays(input_shape: tuple[int, ...] | None, path: object) -> None:
    """Raise where a model takes arrays, which the rows of a CSV file are not."""
    if input_shape:
        raise click.ClickException(
            f"{path} takes arrays of {input_shape}, not the columns of a file: open it in "
            "Python, with streamnorm.load, or streamnorm.export.EdgeModel or EdgeLearner"
        )


def require_some(columns: dict[str, Any], header: list[str], file: object) -> None:
    """Raise where a table has none of the features: whatever it is, it is not for this model."""
    if columns.keys().isdisjoint(header):
        raise click.ClickException(
            f"none of the model's features is a column of {file}; it knows {', '.join(map(repr, [*columns][:20]))}"
        )
