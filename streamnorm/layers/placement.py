"""From the layers that a user declares to those that a network has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from streamnorm.arguments import MOST_ACTIVATIONS
from streamnorm.layers.avg_pool import AvgPool
from streamnorm.layers.conv1d import Conv1d
from streamnorm.layers.conv2d import Conv2d
from streamnorm.layers.convolution import Convolution
from streamnorm.layers.dense import Dense
from streamnorm.layers.field import Field
from streamnorm.layers.global_avg_pool import GlobalAvgPool
from streamnorm.layers.global_max_pool import GlobalMaxPool
from streamnorm.layers.grid import Size
from streamnorm.layers.max_pool import MaxPool
from streamnorm.layers.pool import Pool

# What `hidden` of an estimator may hold besides the widths of dense layers.
DECLARED = (Conv1d, Conv2d, MaxPool, AvgPool, GlobalMaxPool, GlobalAvgPool)
Declared = int | Conv1d | Conv2d | MaxPool | AvgPool | GlobalMaxPool | GlobalAvgPool
Hidden = Dense | Convolution | Pool


def placed(hidden: Sequence[Declared], input_shape: tuple[int, ...] | None, activation: str) -> list[Hidden]:
    """The layers, each with its place on the input; raises ValueError where one cannot stand where it does.

    Examples
    --------
    >>> convolution, pool, dense = placed((Conv1d(16, 7), MaxPool(2), 64), (6, 50), "relu")
    >>> pool.grid.out
    (1, 25)

    """
    return [*_placed(hidden, input_shape, activation)]


def size_of(input_shape: tuple[int, ...] | None) -> Size:
    """Height and width of an input; features that are no array are one position."""
    if input_shape is None:
        return 1, 1
    return (1, input_shape[1]) if len(input_shape) == 2 else (input_shape[1], input_shape[2])


def _placed(hidden: Sequence[Declared], input_shape: tuple[int, ...] | None, activation: str) -> Iterator[Hidden]:
    field = None if input_shape is None else Field(size_of(input_shape), len(input_shape) - 1, "identity")
    channels = 0 if input_shape is None else input_shape[0]
    made = 0
    for index, layer in enumerate(hidden):
        if isinstance(layer, DECLARED):
            if field is None:
                where = f"behind {hidden[index - 1]}" if index else "in front"
                raise ValueError(
                    f"{layer} {where} has no positions to go along: "
                    "declare input_shape=(channels, steps) or (channels, height, width), and put it before dense layers"
                )
            try:
                there: Hidden = layer.placed(field, activation)
            except ValueError as error:
                raise ValueError(f"{layer} cannot be number {index} of hidden: {error}") from None
            assert not isinstance(there, Dense)
            channels = there.fan_out if isinstance(there, Convolution) else channels
            made += channels * there.grid.positions
            _check_size(layer, made)
            made_by = there.activation if isinstance(there, Convolution) else field.activation
            field = Field(there.grid.out, field.dimensions, made_by)
            yield there
        else:
            yield Dense(int(layer), activation, field.size[0] * field.size[1] if field else 1)
            field = None


def _check_size(layer: Declared, made: int) -> None:
    if made > MOST_ACTIVATIONS:
        raise ValueError(
            f"with {layer} the layers make {made:,} numbers of an input, more than the {MOST_ACTIVATIONS:,} that they "
            "may: take fewer filters or a larger stride"
        )
