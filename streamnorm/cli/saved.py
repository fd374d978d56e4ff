from __future__ import annotations

from pathlib import Path
from typing import Any

import click


def open_saved(path: Path) -> Any:
    """A model that was saved, or one line that says why not."""
    from streamnorm.checkpoint import load

    try:
        return load(path)
    except ValueError as error:
        raise click.ClickException(str(error)) from None
