"""Who runs the learning step on a network's arrays. All engines compute the same."""

from __future__ import annotations

from typing import Any, Protocol

from streamnorm.losses import Loss
from streamnorm.network import Network
from streamnorm.optim import Optimizer
from streamnorm.typing import Array

ENGINES = ("auto", "reference", "autograd")


class Engine(Protocol):
    """What an estimator asks of an engine."""

    def forward(self, h: Array) -> Array:
        """The network's output [fan_out] for one standardised input [fan_in]."""

    def learn(self, h: Array, target: Any, weight: float) -> None:
        """One step of the optimiser on one sample."""


def connect(name: str, network: Network, loss: Loss, optimizer: Optimizer) -> Engine:
    """The engine of that name, on the arrays of the network. `auto` is the fastest that is installed."""
    if name == "autograd":
        try:
            from streamnorm.engines.autograd import NetworkAutograd
        except ModuleNotFoundError as error:
            raise ImportError(f"engine='autograd' needs {error.name}: pip install 'streamnorm[torch]'") from error

        return NetworkAutograd(network, loss, optimizer)
    from streamnorm.engines.reference import Reference

    return Reference(network, loss, optimizer)
