"""How true the promise of mean 0 and standard deviation 1 is in a model, layer by layer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from streamnorm import batch, files
from streamnorm.learner import Learner
from streamnorm.network import Network
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
            layers=layers(mixture.networks[mixture.leader], np.array(inputs).reshape(len(inputs), mixture.fan_in)),
        )


def layers(network: Network, h: Array) -> list[dict[str, Any]]:
    """For each layer of units what `NormProp.health` says of it, with inputs h [samples, fan_in], or none."""
    report = []
    a = h.T
    for layer, reach in zip(batch.hidden(network), network.reach, strict=True):
        inner = layer.inner(a) if len(h) else None
        a = a if inner is None else layer.outer(inner)
        if isinstance(layer, batch.Units):
            report.append(_units(layer, reach.astype(np.float64), inner, a))
    return report


def _units(layer: batch.Units, reach: Array, inner: Array | None, outer: Array) -> dict[str, Any]:
    """What a layer's units do at samples, at all positions; without any what they did where they have learned."""
    n = len(layer.b)
    # Without samples: the smallest and the largest z that were learned at, and 0 between them.
    z = np.stack([*reach, np.zeros(n)], axis=1) if inner is None else inner
    # Positions by units by samples.
    slopes = np.abs(layer.f.derivative(z)).reshape(-1, n, z.shape[1])
    report = {
        "units": n,
        "mean": None,
        "sd": None,
        "dead": float((slopes < DEAD_SLOPE).all(axis=(0, 2)).mean()),
        "gain": (float(layer.g.min()), float(layer.g.max())),
        "norm": (float(layer.norms.min()), float(layer.norms.max())),
    }
    if inner is not None:
        variances = outer.reshape(slopes.shape).var(axis=(0, 2))
        report |= {"mean": float(outer.mean()), "sd": float(np.sqrt(variances.mean()))}
    return report
