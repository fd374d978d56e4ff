"""Who runs the learning step on the arrays of a learner. All engines compute the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from streamnorm.array_index import ArrayIndex
    from streamnorm.features import FeatureIndex
    from streamnorm.losses import Loss
    from streamnorm.mixture import Mixture
    from streamnorm.network import Network
    from streamnorm.optim import Optimizer
    from streamnorm.recency import Recency
    from streamnorm.standardizer import Standardizer
    from streamnorm.typing import Array
    from streamnorm.unscaled import Unscaled

ENGINES = ("auto", "native", "reference", "autograd")


class Engine(Protocol):
    """What a learner asks of an engine: predictions [rows, fan_out], probabilities or values in the target's unit."""

    def predict_dict(self, x: Any, outputs: list[Any]) -> dict[Any, float] | None:
        """The prediction for a dict of features, by the names of the outputs; or None where the engine leaves reading
        it to the feature index."""

    def learn_dict(self, x: Any, target: Any, weight: float) -> bool:
        """Learn from a dict of features; False, and nothing done, where reading it is left to the feature index."""

    def hold(self) -> None:
        """Leave every dict to the feature index from now on; RuntimeError where one is being read at this moment."""

    def release(self) -> None:
        """Take dicts again."""

    def follow(self) -> bool:
        """Go on with arrays that have grown or changed where they are; False where it must be made anew."""

    def predict_rows(self, X: Array, columns: Array) -> Array:
        """Predictions for rows [rows, columns], whose features belong into these columns."""

    def learn_rows(self, X: Array, columns: Array, targets: Array, weights: Array) -> Array:
        """Test, then train, row by row."""


class NetworkEngine(Protocol):
    """What `Stepwise` asks of an engine that steps one network."""

    def forward(self, h: Array) -> Array:
        """The network's output [fan_out] for one standardised input [fan_in]."""

    def learn(self, h: Array, target: Any, weight: float) -> Array:
        """One step of the optimiser on one sample. Gives the output before it."""


def connect(
    name: str,
    features: FeatureIndex | ArrayIndex,
    mixture: Mixture,
    standardizer: Standardizer | Unscaled,
    target: Standardizer | None,
    loss: Loss,
    recency: Recency | None,
) -> Engine:
    """The engine of that name, on the arrays of a learner. `auto` is the fastest that is installed."""
    from streamnorm.engines import native

    if name == "native" or (name == "auto" and native.instructions()):
        from streamnorm.engines.native.engine import Native

        return Native(features, mixture, standardizer, target, loss, recency)
    from streamnorm.engines.stepwise import Stepwise

    networks = zip(mixture.networks, mixture.optimizers, strict=True)
    steps = [step(name, network, loss, optimizer) for network, optimizer in networks]
    return Stepwise(mixture, standardizer, target, loss, steps, recency)


def step(name: str, network: Network, loss: Loss, optimizer: Optimizer) -> NetworkEngine:
    """The engine of that name that steps one network in Python."""
    if name == "autograd":
        try:
            from streamnorm.engines.network_autograd import NetworkAutograd
        except ModuleNotFoundError as error:
            raise ImportError(f"engine='autograd' needs {error.name}: pip install 'streamnorm[torch]'") from error

        return NetworkAutograd(network, loss, optimizer)
    from streamnorm.engines.reference import Reference

    return Reference(network, loss, optimizer)
