"""Hidden layers by name, for people who do not want to choose."""

from streamnorm.layers import Conv1d, Conv2d, Declared, GlobalMaxPool, MaxPool

PRESETS: dict[str, tuple[Declared, ...]] = {
    # Windows of a few channels, some 30 to 500 steps: accelerometers, vibration, current, ECG.
    "sensor": (Conv1d(32, 7), MaxPool(2), Conv1d(48, 5), GlobalMaxPool(), 64),
    # Small images, from 8 x 8 to some 64 x 64.
    "image": (Conv2d(8, 5), MaxPool(2), Conv2d(16, 5), MaxPool(2), 64),
}
