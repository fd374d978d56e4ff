"""The learning step in NumPy, as the paper writes it."""

from __future__ import annotations

from typing import Any

import numpy as np

from streamnorm.activations import ACTIVATIONS
from streamnorm.engines.implicit import implicit_rate
from streamnorm.engines.repeats import repeats
from streamnorm.layers import Dense
from streamnorm.layers.dense import SMALLEST_NORM
from streamnorm.losses import Loss
from streamnorm.network import Network, Parameter
from streamnorm.optim import Optimizer
from streamnorm.typing import Array

# Of a hidden layer: its input h, then u, z, r and a.
Trace = tuple[Array, Array, Array, Array, Array]


class Reference:
    r"""Forward pass, gradients and update of a NormProp network, one sample at a time.

    For input $h$, weight row $w_i$, gain $g_i$, bias $b_i$ and activation $f$ a hidden layer computes

    $$u_i = w_i \cdot h / \|w_i\|, \qquad z_i = g_i u_i + b_i, \qquad a_i = (f(z_i) - m_f) / d_f$$

    and, with $e_i = \partial L / \partial z_i$ and $r_i = \|w_i\|$, learns by

    $$\partial L / \partial g_i = e_i u_i, \quad \partial L / \partial b_i = e_i, \quad
    \partial L / \partial w_i = \frac{e_i g_i}{r_i} \left(h - \frac{u_i}{r_i} w_i\right), \quad
    \partial L / \partial h = \sum_i \frac{e_i g_i}{r_i} w_i$$

    The step is implicit: with $\delta = \partial L / \partial o$ at the output, $G$ the gradient of all parameters and
    $P G$ the optimiser's direction for it,

    $$\theta \leftarrow \theta - \frac{\eta}{1 + \eta \langle G, P G \rangle / 2 |\delta|^2} P G$$

    A step of size $s$ takes the output, to first order, from an error of $|\delta|$ to one of
    $|1 - s \langle G, P G \rangle / |\delta|^2| \, |\delta|$ along $\delta$. The bound keeps that below $|\delta|$: no
    step overshoots by more than it set out to mend, whatever the learning rate and the depth. A sample that stands for
    several takes one step as long as theirs would be together, see `repeats`.

    A unit with $e_i = 0$ is idle: neither its weights nor their optimiser state are touched.

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
        self._activations = [ACTIVATIONS[layer.activation] for layer in network.layers if isinstance(layer, Dense)]

    def forward(self, h: Array) -> Array:
        """The network's output [fan_out] for one standardised input [fan_in]."""
        return self._forward(h)[0]

    def learn(self, h: Array, target: Any, weight: float = 1.0) -> Array:
        """One step of the optimiser on one sample, as long as `weight` samples like it. Gives the output before it."""
        with np.errstate(over="ignore", invalid="ignore"):
            output, trace = self._forward(h)
            gradients = self._backward(h, trace, self.loss.gradient(output, target))
        delta = gradients[-1]["b"]
        error = float(np.vdot(delta, delta))
        # Without an error there is nothing to learn; beyond float32 there is no telling what.
        if error != 0.0 and all(np.isfinite(np.vdot(g, g)) for layer in gradients for g in layer.values()):
            self._step(gradients, output, target, weight)
            self.network.widen(z for _, _, z, _, _ in trace)
        return output

    def _step(self, gradients: list[dict[str, Array]], output: Array, target: Any, weight: float) -> None:
        network = self.network
        network.step += 1
        proposals = []
        for parameters, last, gradient in zip(network.parameters, network.last, gradients, strict=True):
            awake = np.flatnonzero(gradient["b"])
            elapsed = network.step - last[awake]
            last[awake] = network.step
            for name, parameter in parameters.items():
                state = self._decayed(parameter, awake, elapsed)
                direction, promised = self.optimizer.propose(gradient[name][awake], state, network.step, weight)
                for slot, array in state.items():
                    parameter.state[slot][awake] = array
                proposals.append((parameter.value, awake, direction, promised))
        promised = sum(promised for *_, promised in proposals)
        delta = gradients[-1]["b"]
        error = float(np.vdot(delta, delta))
        rate = implicit_rate(self.optimizer.learning_rate, promised, error)
        rate *= repeats(self.loss, output, target, delta, rate * promised / error, weight)
        for value, awake, direction, _ in proposals:
            value[awake] -= rate * direction

    def _decayed(self, parameter: Parameter, awake: Array, elapsed: Array) -> dict[str, Array]:
        by_row = elapsed.reshape(-1, *[1] * (parameter.value.ndim - 1))
        return {
            slot: (decay**by_row * parameter.state[slot][awake]).astype(parameter.value.dtype, copy=False)
            for slot, decay in self.optimizer.decays.items()
        }

    def gradients(self, h: Array, target: Any) -> tuple[Array, list[dict[str, Array]]]:
        """The output, and the gradients of the loss, for each layer by the parameter's name."""
        output, trace = self._forward(h)
        return output, self._backward(h, trace, self.loss.gradient(output, target))

    def _backward(self, h: Array, trace: list[Trace], e: Array) -> list[dict[str, Array]]:
        *hidden, head = self.network.parameters
        h_last = trace[-1][-1] if trace else h
        gradients = [{"W": np.outer(e, h_last), "b": e}]
        dh = e @ _rows(head)
        for parameters, f, (h_in, u, z, r, _) in zip(
            reversed(hidden), reversed(self._activations), reversed(trace), strict=True
        ):
            W, g = _rows(parameters), parameters["g"].value
            e = dh * f.derivative(z) / f.moments.sd
            c = e * g / r
            gradients.append({"W": np.outer(c, h_in) - (c * u / r)[:, None] * W, "g": e * u, "b": e})
            dh = c @ W
        return gradients[::-1]

    def _forward(self, h: Array) -> tuple[Array, list[Trace]]:
        *hidden, head = self.network.parameters
        trace = []
        for parameters, f in zip(hidden, self._activations, strict=True):
            W, g, b = _rows(parameters), parameters["g"].value, parameters["b"].value
            r = np.maximum(np.sqrt(np.einsum("ij,ij->i", W, W)), SMALLEST_NORM)
            u = W @ h / r
            z = g * u + b
            a = (f.function(z) - f.moments.mean) / f.moments.sd
            trace.append((h, u, z, r, a))
            h = a
        return _rows(head) @ h + head["b"].value, trace


def _rows(parameters: dict[str, Parameter]) -> Array:
    """The weights without room between their rows, over which they would be summed in another order."""
    return np.ascontiguousarray(parameters["W"].value)
