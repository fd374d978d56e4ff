"""What a layer finds in front of it."""

from __future__ import annotations

from typing import Any, NamedTuple

from streamnorm.layers.grid import Size


class Field(NamedTuple):
    """Positions that carry channels.

    Parameters
    ----------
    size
        Height and width.
    dimensions
        1 along time, 2 for an image.
    activation
        Name of the activation that made the values; `"identity"` for the features themselves.

    """

    size: Size
    dimensions: int
    activation: str

    def extent(self, value: int | tuple[int, int]) -> Size:
        """A size given as one number, or as two of an image."""
        if isinstance(value, tuple):
            if self.dimensions == 1:
                raise ValueError(f"{value} has two numbers, and there is only time to go along: give one")
            return value
        return (1, value) if self.dimensions == 1 else (value, value)


def check_count(layer: str, name: str, value: Any) -> None:
    """Raise where a layer's argument is not a count."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ValueError(f"{layer}: {name} is an int of 1 or more, not {value!r}")


def check_extent(layer: str, name: str, value: Any) -> None:
    """Raise where a layer's argument is neither a count nor two."""
    if isinstance(value, tuple) and len(value) == 2:
        for part in value:
            check_count(layer, name, part)
    else:
        check_count(layer, name, value)


def check_padding(layer: str, value: Any) -> None:
    if value not in ("same", "valid"):
        raise ValueError(f"{layer}: padding is 'same' or 'valid', not {value!r}")
