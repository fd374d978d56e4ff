"""The arrays of a network, owned in one place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from streamnorm.layers import Affine, Convolution, Dense, Hidden, Layer, Pool
from streamnorm.layers.dense import LOST_NORM
from streamnorm.room import lengthened
from streamnorm.typing import Array


@dataclass
class Parameter:
    """An array that is learned, and the optimiser's state for it: arrays of the same shape."""

    value: Array
    state: dict[str, Array]

    def grow(self, axis: int, n: int) -> None:
        """Append n zeros along an axis, to the value and to its optimiser state alike."""
        self.value = lengthened(self.value, axis, n)
        self.state = {slot: lengthened(array, axis, n) for slot, array in self.state.items()}


class Network:
    """Hidden NormProp layers, an affine head, and the arrays of both.

    A network starts with neither inputs nor outputs and grows both as the stream shows them. Growth keeps the
    function: a new input is a column of zeros, a new output a row of zeros. Only the very first inputs of a
    network get the layer's initial weights. Engines read the arrays here at every step and write them in place;
    nobody else holds them.

    Parameters
    ----------
    hidden
        The hidden layers, input side first.
    slots
        Names of the optimiser's state arrays, one of each beside every parameter.
    dtype
        `float32`, or `float64` for proofs.
    seed
        Determines the initial values.
    positions
        How many positions each input channel has; features that are no array have one.

    Attributes
    ----------
    layers
        The hidden layers and the head.
    fan_in
        How many numbers the network gets: positions by channels, channels last.
    parameters
        For each layer its parameters by the paper's name: `W` [fan_out, fan_in], and `g`, `b` [fan_out]. The fan-in of
        a filter is its patch, channels last. A pool has none.
    last
        For each layer int64 [fan_out]: the step up to which the optimiser's state of a unit has decayed. A unit without
        an error is idle: its weights and their state stay untouched, and the state decays when the unit wakes.
    reach
        For each hidden layer [2, fan_out]: the smallest and the largest $z$ that a unit has learned at, and 0. Learning
        makes no use of it; whoever stores activations in integers does. A pool has no units.
    step
        Number of learning steps taken.

    Examples
    --------
    >>> network = Network([Dense(64), Dense(64)], slots=(), dtype="float32", seed=1)
    >>> network.add_inputs(32)
    >>> network.add_outputs(2)
    >>> network.n_parameters
    6530

    """

    def __init__(
        self, hidden: Sequence[Hidden], slots: Sequence[str], dtype: str, seed: int, positions: int = 1
    ) -> None:
        self.layers: tuple[Layer, ...] = (*hidden, Affine())
        self.slots = tuple(slots)
        self.dtype = np.dtype(dtype)
        self.seed = seed
        self.positions = positions
        self.steps = np.zeros(1, dtype=np.int64)
        self.channels = 0
        self.fan_out = 0
        shapes = zip(self.layers, weight_shapes(self.layers, 0, 0), strict=True)
        self.parameters: list[dict[str, Parameter]] = [
            self._initial(index, layer, shape) for index, (layer, shape) in enumerate(shapes)
        ]
        self.last: list[Array] = [np.zeros(len(p["b"].value) if p else 0, dtype=np.int64) for p in self.parameters]
        self.reach: list[Array] = [np.zeros((2, len(last)), self.dtype) for last in self.last[:-1]]

    @property
    def fan_in(self) -> int:
        return self.positions * self.channels

    def _initial(self, index: int, layer: Layer, shape: tuple[int, int] | None) -> dict[str, Parameter]:
        if shape is None or isinstance(layer, Pool):
            return {}
        fan_out, fan_in = shape
        if isinstance(layer, Affine):
            values = layer.initial(fan_in, fan_out)
        else:
            rng = np.random.default_rng([self.seed, index])
            first = all(isinstance(front, Pool) for front in self.layers[:index])
            values = layer.initial(fan_in, rng, first)
        return {name: self._parameter(value) for name, value in values.items()}

    def _parameter(self, value: Array) -> Parameter:
        value = value.astype(self.dtype, order="C")  # Rows are next to each other, for the native engine.
        return Parameter(value, {slot: np.zeros_like(value) for slot in self.slots})

    def add_inputs(self, n: int) -> None:
        """Append n inputs without changing any output. Of an array they are channels, and come once."""
        first = self.parameters[0]
        if self.channels == 0:
            self.channels = n
            shapes = weight_shapes(self.layers, n * self.positions, self.fan_out)
            for index, (layer, shape) in enumerate(zip(self.layers, shapes, strict=True)):
                if shape and self.parameters[index]["W"].value.shape != shape:
                    initial = self._initial(index, layer, shape)
                    # What samples without any feature have taught stays.
                    for name in initial if self.step == 0 else ("W",):
                        self.parameters[index][name] = initial[name]
        else:
            first["W"].grow(axis=1, n=n)
            self.channels += n

    def clear_inputs(self, columns: Array) -> None:
        """Forget inputs. What the network computes where they are 0 stays as it was.

        Their weights become 0, and a gain shrinks with its row's norm. A row that has no other weights to speak of
        keeps them, for it could not learn without a norm.
        """
        W, gain = self.parameters[0]["W"], self.parameters[0].get("g")
        left = W.value.copy()
        left[:, columns] = 0.0
        if gain:
            before, after = (np.linalg.norm(rows.astype(np.float64), axis=1) for rows in (W.value, left))
            lost = after <= LOST_NORM * before
            left[lost] = W.value[lost]
            gain.value *= np.divide(after, before, out=np.ones_like(before), where=~lost)
        W.value[...] = left
        for array in W.state.values():
            array[:, columns] = 0.0

    def add_outputs(self, n: int) -> None:
        """Append n outputs, which are zero until they are learned."""
        for parameter in self.parameters[-1].values():
            parameter.grow(axis=0, n=n)
        self.last[-1] = lengthened(self.last[-1], 0, n)
        self.fan_out += n

    def clear_outputs(self, rows: Array) -> None:
        """Let outputs start anew, at zero."""
        for parameter in self.parameters[-1].values():
            for array in (parameter.value, *parameter.state.values()):
                array[rows] = 0.0
        self.last[-1][rows] = 0

    def copy(self, other: Network) -> None:
        """Take over the arrays' values of a network of the same shape."""
        for (_, own), (_, array) in zip(self.arrays(), other.arrays(), strict=True):
            own[...] = array

    def settle(self, decays: Mapping[str, float]) -> None:
        """Let the optimiser's state of idle units decay up to the present step."""
        for parameters, last in zip(self.parameters, self.last, strict=True):
            if (last == self.step).all():
                continue
            for parameter in parameters.values():
                elapsed = (self.step - last).reshape(-1, *[1] * (parameter.value.ndim - 1))
                for slot, decay in decays.items():
                    parameter.state[slot] *= decay**elapsed
            last[:] = self.step

    def widen(self, pre_activations: Iterable[Array | None]) -> None:
        """Note the $z$ [positions, fan_out] of each hidden layer in a step; None of a pool."""
        for (low, high), z in zip(self.reach, pre_activations, strict=True):
            if z is not None:
                np.minimum(low, z.min(axis=0), out=low)
                np.maximum(high, z.max(axis=0), out=high)

    def arrays(self) -> Iterator[tuple[str, Array]]:
        """Every array under its name in a checkpoint: `0.W`, `0.W.v`, ..., learned values and optimiser state."""
        yield "steps", self.steps
        for index, reach in enumerate(self.reach):
            if self.parameters[index]:
                yield f"{index}.reach", reach
        for index, (parameters, last) in enumerate(zip(self.parameters, self.last, strict=True)):
            if self.slots and parameters:
                yield f"{index}.last", last
            for name, parameter in parameters.items():
                yield f"{index}.{name}", parameter.value
                for slot, array in parameter.state.items():
                    yield f"{index}.{name}.{slot}", array

    @property
    def step(self) -> int:
        return int(self.steps[0])

    @step.setter
    def step(self, step: int) -> None:
        self.steps[0] = step

    @property
    def n_parameters(self) -> int:
        """How many numbers are learned, the optimiser's state not counted."""
        return sum(p.value.size for parameters in self.parameters for p in parameters.values())


def weight_shapes(layers: Iterable[Layer], fan_in: int, fan_out: int) -> list[tuple[int, int] | None]:
    """The shape of each layer's weights in a network of so many inputs and outputs; None for a pool."""
    shapes: list[tuple[int, int] | None] = []
    n = fan_in
    for layer in layers:
        if isinstance(layer, Dense):
            shapes.append((layer.fan_out, n))
            n = layer.fan_out
        elif isinstance(layer, Affine):
            shapes.append((fan_out, n))
        else:
            height, width = layer.grid.size
            channels = n // (height * width)
            if isinstance(layer, Convolution):
                shapes.append((layer.fan_out, layer.grid.area * channels))
                channels = layer.fan_out
            else:
                shapes.append(None)
            n = layer.grid.positions * channels
    return shapes
