from __future__ import annotations

from pathlib import Path
from typing import Any

import click


def open_exported(path: Path) -> Any:
    """An exported file as an `EdgeModel`, or one line that says why not."""
    from streamnorm.export import EdgeModel

    try:
        return EdgeModel(path)
    except ValueError as error:
        raise click.ClickException(str(error)) from None
