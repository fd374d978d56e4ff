"""The learning step in NumPy, as the paper writes it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from streamnorm.activations import ACTIVATIONS
from streamnorm.engines.implicit import implicit_rate
from streamnorm.engines.repeats import repeats
from streamnorm.layers import Affine, Convolution, Dense, Pool
from streamnorm.layers.dense import SMALLEST_NORM
from streamnorm.losses import Loss
from streamnorm.network import Network, Parameter
from streamnorm.optim import Optimizer
from streamnorm.typing import Array


class Units(NamedTuple):
    """What a layer of units has done: its patches h [positions, fan_in], u and z [positions, fan_out], r [fan_out]."""

    h: Array
    u: Array
    z: Array
    r: Array


class Largest(NamedTuple):
    """What a pool of largest values has done: which position of a patch that was, [positions, channels]."""

    places: Array


class Head(NamedTuple):
    """What the head has got: its input [fan_in]."""

    h: Array


# A pool of means has nothing to remember.
Trace = Units | Largest | Head | None
Gradient = dict[str, Array]


class Reference:
    r"""Forward pass, gradients and update of a NormProp network, one sample at a time.

    For input $h$, weight row $w_i$, gain $g_i$, bias $b_i$ and activation $f$ a hidden layer computes, at each position
    $p$ of its input (a dense layer has one, the whole)

    $$u_i = w_i \cdot h / \|w_i\|, \qquad z_i = g_i u_i + b_i, \qquad a_i = (f(z_i) - m_f) / d_f$$

    and, with $e_i = \partial L / \partial z_i$ and $r_i = \|w_i\|$, learns by

    $$\partial L / \partial g_i = \sum_p e_i u_i, \quad \partial L / \partial b_i = \sum_p e_i, \quad
    \partial L / \partial w_i = \sum_p \frac{e_i g_i}{r_i} \left(h - \frac{u_i}{r_i} w_i\right), \quad
    \partial L / \partial h = \sum_i \frac{e_i g_i}{r_i} w_i$$

    A pool hands on the largest or the mean $p$ of a patch as $(p - m) / d$.

    The step is implicit: with $\delta = \partial L / \partial o$ at the output, $G$ the gradient of all parameters and
    $P G$ the optimiser's direction for it,

    $$\theta \leftarrow \theta - \frac{\eta}{1 + \eta \langle G, P G \rangle / 2 |\delta|^2} P G$$

    A step of size $s$ takes the output, to first order, from an error of $|\delta|$ to one of
    $|1 - s \langle G, P G \rangle / |\delta|^2| \, |\delta|$ along $\delta$. The bound keeps that below $|\delta|$: no
    step overshoots by more than it set out to mend, whatever the learning rate and the depth. A sample that stands for
    several takes one step as long as theirs would be together, see `repeats`.

    A unit with $e_i = 0$ at all positions is idle: neither its weights nor their optimiser state are touched.

    Parameters
    ----------
    network
        Owner of the arrays; they are read and written in place.
    loss
        What the output is judged by.
    optimizer
        What a gradient does to a parameter.

    """

    def __init__(self, network: Network, loss: Loss, optimizer: Optimizer) -> None:
        self.network = network
        self.loss = loss
        self.optimizer = optimizer

    def forward(self, h: Array) -> Array:
        """The network's output [fan_out] for one standardised input [fan_in]."""
        return self._forward(h)[0]

    def learn(self, h: Array, target: Any, weight: float = 1.0) -> Array:
        """One step of the optimiser on one sample, as long as `weight` samples like it. Gives the output before it."""
        with np.errstate(over="ignore", invalid="ignore"):
            output, traces = self._forward(h)
            delta = self.loss.gradient(output, target)
            gradients, awake = self._backward(traces, delta)
        error = float(np.vdot(delta, delta))
        # Without an error there is nothing to learn; beyond float32 there is no telling what.
        if error != 0.0 and all(np.isfinite(np.vdot(g, g)) for layer in gradients for g in layer.values()):
            self._step(gradients, awake, output, target, weight)
            self.network.widen(trace.z if isinstance(trace, Units) else None for trace in traces[:-1])
        return output

    def _step(self, gradients: list[Gradient], awake: list[Array], output: Array, target: Any, weight: float) -> None:
        network = self.network
        network.step += 1
        proposals = []
        layers = zip(network.parameters, network.last, gradients, awake, strict=True)
        for parameters, last, gradient, units in layers:
            elapsed = network.step - last[units]
            last[units] = network.step
            for name, parameter in parameters.items():
                state = self._decayed(parameter, units, elapsed)
                direction, promised = self.optimizer.propose(gradient[name][units], state, network.step, weight)
                for slot, array in state.items():
                    parameter.state[slot][units] = array
                proposals.append((parameter.value, units, direction, promised))
        promised = sum(promised for *_, promised in proposals)
        delta = gradients[-1]["b"]
        error = float(np.vdot(delta, delta))
        rate = implicit_rate(self.optimizer.learning_rate, promised, error)
        rate *= repeats(self.loss, output, target, delta, rate * promised / error, weight)
        for value, units, direction, _ in proposals:
            value[units] -= rate * direction

    def _decayed(self, parameter: Parameter, awake: Array, elapsed: Array) -> dict[str, Array]:
        by_row = elapsed.reshape(-1, *[1] * (parameter.value.ndim - 1))
        return {
            slot: (decay**by_row * parameter.state[slot][awake]).astype(parameter.value.dtype, copy=False)
            for slot, decay in self.optimizer.decays.items()
        }

    def gradients(self, h: Array, target: Any) -> tuple[Array, list[Gradient]]:
        """The output, and the gradients of the loss, for each layer by the parameter's name."""
        output, traces = self._forward(h)
        return output, self._backward(traces, self.loss.gradient(output, target))[0]

    def _forward(self, h: Array) -> tuple[Array, list[Trace]]:
        traces: list[Trace] = []
        for layer, parameters in zip(self.network.layers, self.network.parameters, strict=True):
            trace: Trace
            if isinstance(layer, Pool):
                h, trace = _pooled(layer, h)
            elif isinstance(layer, Affine):
                trace = Head(h)
                h = _rows(parameters) @ h + parameters["b"].value
            else:
                h, trace = _activated(layer, parameters, h)
            traces.append(trace)
        return h, traces

    def _backward(self, traces: list[Trace], delta: Array) -> tuple[list[Gradient], list[Array]]:
        """The gradients, and for each layer the units that are awake."""
        gradients: list[Gradient] = []
        awake: list[Array] = []
        dh = delta
        for layer, parameters, trace in zip(
            reversed(self.network.layers), reversed(self.network.parameters), reversed(traces), strict=True
        ):
            if isinstance(layer, Pool):
                gradient, e = {}, np.zeros((1, 0))
                dh = _unpooled(layer, trace, dh)
            elif isinstance(layer, Affine):
                assert isinstance(trace, Head)
                gradient, e = {"W": np.outer(dh, trace.h), "b": dh}, dh[None]
                dh = dh @ _rows(parameters)
            else:
                assert isinstance(trace, Units)
                f = ACTIVATIONS[layer.activation]
                e = dh.reshape(trace.z.shape) * f.derivative(trace.z) / f.moments.sd
                gradient, patches = _differentiated(parameters, trace, e)
                dh = _scattered(layer, patches)
            gradients.append(gradient)
            awake.append(np.flatnonzero((e != 0.0).any(axis=0)))
        return gradients[::-1], awake[::-1]


def _activated(layer: Dense | Convolution, parameters: dict[str, Parameter], h: Array) -> tuple[Array, Units]:
    W, g, b = _rows(parameters), parameters["g"].value, parameters["b"].value
    f = ACTIVATIONS[layer.activation]
    patches = layer.grid.gather(h).reshape(-1, W.shape[1]) if isinstance(layer, Convolution) else h[None]
    r = np.maximum(np.sqrt(np.einsum("ij,ij->i", W, W)), SMALLEST_NORM)
    u = patches @ W.T / r
    z = g * u + b
    return ((f.function(z) - f.moments.mean) / f.moments.sd).ravel(), Units(patches, u, z, r)


def _differentiated(parameters: dict[str, Parameter], trace: Units, e: Array) -> tuple[Gradient, Array]:
    """The gradients of a layer's parameters, and of its patches."""
    W, g = _rows(parameters), parameters["g"].value
    h, u, _, r = trace
    c = e * g / r
    dW = c.T @ h - (c * u / r).sum(axis=0)[:, None] * W
    return {"W": dW, "g": (e * u).sum(axis=0), "b": e.sum(axis=0)}, c @ W


def _scattered(layer: Dense | Convolution, patches: Array) -> Array:
    """What each input is to change, from what the patches are to."""
    if isinstance(layer, Dense):
        whole: Array = patches[0]
        return whole
    return layer.grid.scatter(patches.reshape(layer.grid.positions, layer.grid.area, -1))


def _pooled(pool: Pool, h: Array) -> tuple[Array, Trace]:
    patches = pool.grid.gather(h)
    m, d = pool.moments
    if not pool.maximum:
        return ((patches.mean(axis=1) - m) / d).ravel(), None
    places = patches.argmax(axis=1)
    largest = np.take_along_axis(patches, places[:, None], axis=1)
    return ((largest - m) / d).ravel(), Largest(places)


def _unpooled(pool: Pool, trace: Trace, dh: Array) -> Array:
    grid, d = pool.grid, pool.moments.sd
    dh = dh.reshape(grid.positions, 1, -1) / d
    if isinstance(trace, Largest):
        patches = np.zeros((grid.positions, grid.area, dh.shape[2]), dh.dtype)
        np.put_along_axis(patches, trace.places[:, None], dh, axis=1)
    else:
        patches = np.repeat(dh / grid.area, grid.area, axis=1)
    return grid.scatter(patches)


def _rows(parameters: dict[str, Parameter]) -> Array:
    """The weights without room between their rows, over which they would be summed in another order."""
    return np.ascontiguousarray(parameters["W"].value)
