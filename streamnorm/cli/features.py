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


def require_some(columns: dict[str, Any], header: list[str], file: object) -> None:
    """Raise where a table has none of the features: whatever it is, it is not for this model."""
    if columns.keys().isdisjoint(header):
        raise click.ClickException(
            f"none of the model's features is a column of {file}; it knows {', '.join(map(repr, [*columns][:20]))}"
        )
