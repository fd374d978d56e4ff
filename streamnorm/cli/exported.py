from __future__ import annotations

from pathlib import Path
from typing import Any

import click


def open_exported(path: Path) -> Any:
    """An exported file as an `EdgeModel`, or as an `EdgeLearner` if it learns, or one line that says why not."""
    from streamnorm import export

    try:
        return export.EdgeLearner(path) if _learns(path) else export.EdgeModel(path)
    except ValueError as error:
        raise click.ClickException(str(error)) from None


def _learns(path: Path) -> bool:
    from streamnorm.export import wire

    try:
        return "learning" in wire.metadata(path.read_bytes())
    except ValueError:
        return False  # Whatever it is, it does not learn.
