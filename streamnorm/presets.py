"""Hidden layers by name, for people who do not want to choose."""

from streamnorm.layers import Conv1d, Conv2d, Declared, GlobalMaxPool, MaxPool

PRESETS: dict[str, tuple[Declared, ...]] = {
    # Windows of a few channels, some 30 to 500 steps: accelerometers, vibration, current, ECG.
    "sensor": (Conv1d(32, 7), MaxPool(2), Conv1d(48, 5), GlobalMaxPool(), 64),
    # Small images, from 8 x 8 to some 64 x 64.
    "image": (Conv2d(8, 5), MaxPool(2), Conv2d(16, 5), MaxPool(2), 64),
}
# What each is for, and one such.
_SHAPES = {"sensor": ("(channels, steps)", (3, 50)), "image": ("(channels, height, width)", (1, 28, 28))}


def preset(name: str, input_shape: tuple[int, ...] | None) -> tuple[Declared, ...]:
    """The layers of a name; raises ValueError where they are for inputs of another shape.

    Examples
    --------
    >>> preset("image", (6, 50))
    Traceback (most recent call last):
    ...
    ValueError: hidden='image' needs input_shape=(channels, height, width), such as (1, 28, 28), not (6, 50)

    """
    axes, example = _SHAPES[name]
    if input_shape is None or len(input_shape) != len(example):
        raise ValueError(f"hidden={name!r} needs input_shape={axes}, such as {example}, not {input_shape}")
    return PRESETS[name]
