"""All that a step changes, as the arrays that a graph is given and gives back."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator

import numpy as np

from streamnorm.learner import Learner
from streamnorm.mixture import Mixture
from streamnorm.network import Network, Parameter
from streamnorm.typing import Array

from ..tasks import Task
from .layout import Layout


def settled(mixture: Mixture, spare_outputs: int) -> Mixture:
    """A copy with further outputs, whose idle units are as if they had decayed all the time."""
    mixture = copy.deepcopy(mixture)
    for network, optimizer in zip(mixture.networks, mixture.optimizers, strict=True):
        network.settle(optimizer.decays)
    mixture.add_outputs(spare_outputs)
    return mixture


def initial_state(learner: Learner, mixture: Mixture, layout: Layout, task: Task) -> dict[str, Array]:
    """The arrays by name, in the order of the graph's inputs.

    `theta` and the optimiser's state [replicas, 1, size] are flat, see `Layout`; `steps` [replicas, 1, 1]; `low` and
    `high` [replicas, 1, units], the reach of all hidden units. One network has no axis of replicas. Then come the
    statistics, and a mixture's own.
    """
    networks = mixture.networks
    state = {"theta": _stacked(layout.pack(p.value for p in _parameters(network)) for network in networks)}
    for slot in networks[0].slots:
        state[slot] = _stacked(layout.pack(p.state[slot] for p in _parameters(network)) for network in networks)
    state["steps"] = _stacked(network.steps for network in networks)
    if any(reach.size for reach in networks[0].reach):
        for row, name in enumerate(("low", "high")):
            state[name] = _stacked(np.concatenate([reach[row] for reach in network.reach]) for network in networks)
    state |= {name: array[np.newaxis] for name, array in learner.standardizer.arrays().items()}
    if learner.target:
        shape = task.target(mixture.fan_out).shape
        for name, array in learner.target.arrays().items():
            # Spare outputs have none yet.
            state[f"target.{name}"] = np.pad(array, (0, mixture.fan_out - len(array))).reshape(shape)
    if len(networks) > 1:
        state |= {"weights": mixture.weights[None], "smoothed": mixture.smoothed[None], "samples": mixture.samples}
    return state


def _parameters(network: Network) -> Iterator[Parameter]:
    for parameters in network.parameters:
        yield from parameters.values()


def _stacked(rows: Iterable[Array]) -> Array:
    first, *others = rows
    return np.stack([first, *others])[:, np.newaxis] if others else first[np.newaxis]
