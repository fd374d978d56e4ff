"""How true the promise of mean 0 and standard deviation 1 is in a model, layer by layer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from streamnorm import files
from streamnorm.activations import ACTIVATIONS
from streamnorm.layers import Dense
from streamnorm.layers.dense import SMALLEST_NORM
from streamnorm.learner import Learner
from streamnorm.network import Network, Parameter
from streamnorm.typing import Array

# A unit whose slope f'(z) is smaller than this wherever one has looked has stopped learning.
DEAD_SLOPE = 1e-3


class Health(dict[str, Any]):
    """A report as a dict, and as a picture: notebooks show it, `to_svg` writes it."""

    def to_svg(self, path: str | Path) -> None:
        """Write the picture to a file."""
        files.replace(path, self._repr_svg_().encode())

    def _repr_svg_(self) -> str:
        from streamnorm.health_picture import picture

        return picture(self)


def health(learner: Learner, samples: Iterable[Any]) -> Health:
    """The report on the network that counts most; see `NormProp.health`."""
    if isinstance(samples, Mapping) or not isinstance(samples, Iterable):
        raise TypeError(f"health looks at several samples: give it a list of dicts, not a {type(samples).__name__}")
    given = [*samples]  # Here, for a generator may use the model.
    mixture = learner.mixture
    with learner.alone():
        inputs = [learner.standardized(learner.known(x))[0] for x in given]
        return Health(
            samples=len(inputs),
            steps=mixture.networks[mixture.leader].step,
            learning_rates={
                optimizer.learning_rate: float(share)
                for optimizer, share in zip(mixture.optimizers, mixture.weights, strict=True)
            },
            layers=layers(mixture.networks[mixture.leader], np.array(inputs)),
        )


def layers(network: Network, h: Array) -> list[dict[str, Any]]:
    """For each hidden layer what `NormProp.health` says of it, with inputs h [samples, fan_in], or none."""
    report = []
    for layer, parameters, reach in zip(network.layers, network.parameters, network.reach, strict=False):
        assert isinstance(layer, Dense)
        f = ACTIVATIONS[layer.activation]
        W, g, b = (_exact(parameters[name]) for name in ("W", "g", "b"))
        norms = np.sqrt(np.einsum("ij,ij->i", W, W))
        # Without samples: the smallest and the largest z that were learned at, and 0 between them.
        z = np.stack([*reach.astype(np.float64), np.zeros(layer.fan_out)])
        mean = sd = None
        if len(h):
            z = h @ W.T * (g / np.maximum(norms, SMALLEST_NORM)) + b
            h = (f.function(z) - f.moments.mean) / f.moments.sd
            mean, sd = float(h.mean()), float(np.sqrt(h.var(axis=0).mean()))
        report.append(
            {
                "units": layer.fan_out,
                "mean": mean,
                "sd": sd,
                "dead": float((np.abs(f.derivative(z)) < DEAD_SLOPE).all(axis=0).mean()),
                "gain": (float(g.min()), float(g.max())),
                "norm": (float(norms.min()), float(norms.max())),
            }
        )
    return report


def _exact(parameter: Parameter) -> Array:
    return parameter.value.astype(np.float64)
