"""From one sample at a time to windows of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from river import base

from streamnorm.arguments import is_count
from streamnorm.channels import Channels
from streamnorm.ring import Ring
from streamnorm.typing import Array


class SlidingWindow(base.Transformer):
    """The last samples of a few channels, as one array: what a network with `input_shape` takes.

    A window ends with the sample that it is asked for. `transform_one` changes nothing: of the sample that was learned
    last it gives the window as it stands, of any other the window as it would be with that sample. So in a pipeline a
    model predicts from the very window that it then learns from. Two samples in a row that are equal cannot be told
    apart: until the second is learned, its window is that of the first.

    As long as there is no window the answer is `{}`, for which a model predicts as for the mean, and of which it learns
    nothing. There is none before `size` samples, nor while a channel has no value in it.

    A channel that is missing from a sample, or None or NaN there, holds its last value. A sample of none, `{}`, holds
    all of them. A channel that has been away for a whole window tells nothing: there is no window until it is back, and
    the logger "streamnorm" says so at level WARNING, once a channel. Where time itself has a gap, call `restart`.

    A model knows the rows of a window by their order alone. Name `channels` where a window of one's own feeds a model
    that has learned from another, on a device for example. Otherwise channels are those of the first `size` samples, as
    many as the model's `input_shape` declares. One that appears later is left out until `restart`; the logger says the
    first.

    Where samples have no label, `pipeline["SlidingWindow"].learn_one(x)` appends them; or `pipeline.predict_one(x)`
    does in a block `with river.compose.learn_during_predict():`, in which `pipeline.learn_one(x, y)` then appends
    nothing. For a label that comes after further samples keep `window = pipeline["SlidingWindow"].transform_one({})`,
    and teach the model behind it that window. Memory is that of `size + step - 1` samples at most.

    Parameters
    ----------
    size
        How many samples a window has.
    step
        A new window comes every `step` samples; between them the last one stays.
    channels
        The names of the channels, in the order of the window's rows; others are left out. None takes those of the first
        `size` samples.

    Attributes
    ----------
    channels_
        The rows of the window: `channels`, or in the order in which they appeared, those of one sample sorted.
    held_
        For each channel how many values of the present window are held, or stood for nothing yet; empty before `size`
        samples.
    n_left_out_
        How many samples had a channel that came too late.

    Raises
    ------
    ValueError
        For an argument out of its range, or a value in a sample that is not finite.
    TypeError
        For a value in a sample that is not a number.

    Examples
    --------
    >>> from river import datasets
    >>> from streamnorm import SlidingWindow

    >>> window = SlidingWindow(3)

    >>> for x, _ in datasets.TrumpApproval().take(3):
    ...     window.learn_one({name: x[name] for name in ("gallup", "ipsos")})
    >>> window.channels_
    ['gallup', 'ipsos']
    >>> window.transform_one({})["window"].round(1)
    array([[43.8, 43.8, 43.8],
           [46.2, 46.2, 46.4]])

    A channel that is missing is held:

    >>> window.transform_one({"gallup": 45})["window"].round(1)
    array([[43.8, 43.8, 45. ],
           [46.2, 46.4, 46.4]])

    """

    def __init__(self, size: int, step: int = 1, channels: tuple[base.typing.FeatureName, ...] | None = None) -> None:
        if not is_count(size):
            raise ValueError(f"size is an int of 1 or more, not {size!r}")
        if not is_count(step):
            raise ValueError(f"step is an int of 1 or more, not {step!r}")
        if not (channels is None or (isinstance(channels, tuple | list) and channels)):
            raise ValueError(f"channels is a tuple of names such as ('ax', 'ay', 'az'), or None, not {channels!r:.60}")
        self.size = size
        self.step = step
        self.channels = tuple(channels) if isinstance(channels, list) else channels
        self._channels = Channels()
        self._ring = Ring(size + step - 1)
        if channels:
            self._channels.admit([*channels])
            self._channels.open = False
            self._ring.grow(len(channels))

    @classmethod
    def _unit_test_params(cls) -> Any:
        yield {"size": 5}
        yield {"size": 3, "step": 2}

    def _unit_test_skips(self) -> set[str]:
        # River compares what comes out with ==, which of arrays is no truth value.
        return {"check_shuffle_features_no_impact"}

    @property
    def channels_(self) -> list[base.typing.FeatureName]:
        return list(self._channels.index.names)

    @property
    def held_(self) -> dict[base.typing.FeatureName, int]:
        end = self._end(self._ring.n)
        own = self._ring.window(end, self.size)[1].sum(axis=1) if end else []
        return {name: self.size - int(n) for name, n in zip(self.channels_, own, strict=False)}

    @property
    def n_left_out_(self) -> int:
        return self._channels.n_left_out

    def learn_one(self, x: dict[base.typing.FeatureName, Any]) -> None:
        """Append a sample.

        Parameters
        ----------
        x
            A dictionary of channels, every value a finite number, or None or NaN, which holds the channel's last value.

        """
        column, new = self._channels.read(x, self._ring.last())
        if new:
            self._channels.admit(new)
        if column.shape[1] > len(self._ring.last()):
            self._ring.grow(column.shape[1] - len(self._ring.last()))
        if not column.size:  # There is no channel yet.
            return
        self._ring.append(column)
        self._channels.open = self._channels.open and self._ring.n < self.size
        self._channels.watch(column[1], self.size)

    def transform_one(self, x: dict[base.typing.FeatureName, Any]) -> dict[base.typing.FeatureName, Any]:
        """The window that ends with a sample, or `{}` where there is none. Changes nothing.

        Parameters
        ----------
        x
            As for `learn_one`; `{}` holds all channels, so it gives the window as it stands.

        Returns
        -------
        `{"window": array}`, float64 [channels, size].

        """
        column, _ = self._channels.read(x, self._ring.last())
        n = self._ring.n
        end = self._end(n if self._is_last(column) else n + 1)
        if not end or not column.size:
            return {}
        window = self._ring.window(end, self.size)
        if end > n:
            new = column.shape[1] - window.shape[1]
            if new:
                window = np.pad(window, [(0, 0), (0, new), (0, 0)], constant_values=np.nan)
            window[:, :, -1] = column
        values, own = window
        return {} if np.isnan(values).any() or not own.any(axis=1).all() else {"window": values}

    def restart(self) -> None:
        """Empty the window, behind a gap in time. The channels stay; others may join them as at the start."""
        self._ring.n = 0
        self._channels.open = self.channels is None
        self._channels.away[:] = 0

    def save(self, path: str | Path) -> None:
        """Write the window to a file, from which `streamnorm.load` continues bit for bit.

        Of a pipeline, save each of the two, and join what was loaded: `load("window.file") | load("model.file")`.

        Parameters
        ----------
        path
            Where to. The file is in the safetensors format.

        Raises
        ------
        TypeError
            For a channel's name that a file cannot hold.
        OSError
            Where the file cannot be written. The old one, if there is one, stays as it was.

        """
        from streamnorm.window_file import save

        save(self, path)

    def _is_last(self, column: Array) -> bool:
        # As bytes NaN is itself.
        return self._ring.n > 0 and column[0].tobytes() == self._ring.last().tobytes()

    def _end(self, n: int) -> int:
        """How many of n samples there were when the last window ended; 0 before the first."""
        return n - (n - self.size) % self.step if n >= self.size else 0
