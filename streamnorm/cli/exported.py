from __future__ import annotations

from pathlib import Path
from typing import Any

import click


def open_exported(path: Path, learn: bool = False) -> Any:
    """An exported file as an `EdgeModel`, or to learn with as an `EdgeLearner`, or one line that says why not."""
    from streamnorm import export

    try:
        return export.EdgeLearner(path) if learn else export.EdgeModel(path)
    except ValueError as error:
        raise click.ClickException(str(error)) from None
