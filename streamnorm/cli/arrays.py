"""Rows of a table whose cells are the values of one array."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import click
import numpy as np


def parsed(text: str) -> tuple[int, ...]:
    """The shape that an option gives, such as 6,50."""
    try:
        shape = tuple(map(int, text.split(",")))
    except ValueError:
        shape = ()
    if len(shape) not in (2, 3) or min(shape) < 1:
        raise click.ClickException(
            f"--input-shape is channels,steps or channels,height,width such as 6,50, not {text!r}"
        )
    return shape


def arranged(
    names: list[str], texts: list[str], shape: tuple[int, ...]
) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """What makes an array of a row's numbers, in the order of the columns; a cell that is empty is absent."""
    if texts:
        raise click.ClickException(f"column {texts[0]!r} holds text, and an array of --input-shape holds numbers")
    if len(names) != math.prod(shape):
        raise click.ClickException(
            f"there are {len(names)} columns beside the target, and an array of {shape} has {math.prod(shape)} values; "
            f"a row is a whole {'window' if len(shape) == 2 else 'image'}"
        )
    return lambda x: {"array": np.array([x.get(name, math.nan) for name in names]).reshape(shape)}
