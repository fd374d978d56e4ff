"""The learning step in NumPy, as the paper writes it."""

from __future__ import annotations

from typing import Any

import numpy as np

from streamnorm.activations import ACTIVATIONS
from streamnorm.engines.implicit import implicit_rate
from streamnorm.layers import Dense
from streamnorm.layers.dense import SMALLEST_NORM
from streamnorm.losses import Loss
from streamnorm.network import Network
from streamnorm.optim import Optimizer
from streamnorm.typing import Array


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
    step overshoots by more than it set out to mend, whatever the learning rate and the depth. For SGD the norm of
    $G$ is known before any weight is touched; a hidden layer's is
    $\sum_i e_i^2 (1 + u_i^2 + (g_i / r_i)^2 (|h|^2 - u_i^2))$.

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

    def learn(self, h: Array, target: Any, weight: float = 1.0) -> None:
        """One step of the optimiser on one sample, as long as `weight` samples like it."""
        with np.errstate(over="ignore", invalid="ignore"):
            gradients = self.gradients(h, target)
        delta = gradients[-1]["b"]
        error = float(np.vdot(delta, delta))
        # Without an error there is nothing to learn; beyond float32 there is no telling what.
        if error == 0.0 or not all(np.isfinite(np.vdot(g, g)) for layer in gradients for g in layer.values()):
            return
        self.network.step += 1
        proposals = [
            (parameter.value, *self.optimizer.propose(gradient[name], parameter.state, self.network.step))
            for parameters, gradient in zip(self.network.parameters, gradients, strict=True)
            for name, parameter in parameters.items()
        ]
        promised = sum(decrease for _, _, decrease in proposals)
        rate = implicit_rate(weight * self.optimizer.learning_rate, promised, error)
        for value, direction, _ in proposals:
            value -= rate * direction

    def gradients(self, h: Array, target: Any) -> list[dict[str, Array]]:
        """Gradients of the loss, for each layer by the parameter's name."""
        output, trace = self._forward(h)
        *hidden, head = self.network.parameters
        h_last = trace[-1][-1] if trace else h
        e = self.loss.gradient(output, target)
        gradients = [{"W": np.outer(e, h_last), "b": e}]
        dh = e @ head["W"].value
        for parameters, f, (h_in, u, z, r, _) in zip(
            reversed(hidden), reversed(self._activations), reversed(trace), strict=True
        ):
            W, g = parameters["W"].value, parameters["g"].value
            e = dh * f.derivative(z) / f.moments.sd
            c = e * g / r
            gradients.append({"W": np.outer(c, h_in) - (c * u / r)[:, None] * W, "g": e * u, "b": e})
            dh = c @ W
        return gradients[::-1]

    def _forward(self, h: Array) -> tuple[Array, list[tuple[Array, Array, Array, Array, Array]]]:
        *hidden, head = self.network.parameters
        trace = []
        for parameters, f in zip(hidden, self._activations, strict=True):
            W, g, b = (parameters[name].value for name in ("W", "g", "b"))
            r = np.maximum(np.sqrt(np.einsum("ij,ij->i", W, W)), SMALLEST_NORM)
            u = W @ h / r
            z = g * u + b
            a = (f.function(z) - f.moments.mean) / f.moments.sd
            trace.append((h, u, z, r, a))
            h = a
        return head["W"].value @ h + head["b"].value, trace
