from __future__ import annotations

from pathlib import Path
from typing import Any

import click


def open_saved(path: Path) -> Any:
    """A model that was saved, or one line that says why not."""
    from streamnorm import SlidingWindow
    from streamnorm.checkpoint import load

    try:
        saved = load(path)
    except ValueError as error:
        raise click.ClickException(str(error)) from None
    if isinstance(saved, SlidingWindow):
        raise click.ClickException(f"{path} holds a SlidingWindow, not a model")
    return saved
