from __future__ import annotations

from pathlib import Path
from typing import Any

import click


def open_exported(path: Path) -> Any:
    """An exported file as an `EdgeModel`, or as an `EdgeLearner` if it learns, or one line that says why not."""
    from streamnorm import export

    about = metadata(path)
    if about.get("task") == "forecast":
        device = "EdgeForecastLearner" if "learning" in about else "EdgeForecaster"
        raise click.ClickException(f"{path} forecasts a series: open it with streamnorm.export.{device}")
    try:
        return export.EdgeLearner(path) if "learning" in about else export.EdgeModel(path)
    except ValueError as error:
        raise click.ClickException(str(error)) from None


def metadata(path: Path) -> dict[str, str]:
    from streamnorm.export import wire

    try:
        found: dict[str, str] = wire.metadata(path.read_bytes())
    except ValueError:
        return {}  # Whatever it is, opening it says so.
    return found
