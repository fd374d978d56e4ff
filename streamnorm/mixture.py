"""No learning rate to tune: the same network at several of them, side by side."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from streamnorm.network import Network
from streamnorm.optim import Optimizer
from streamnorm.typing import Array

# How fast weights follow the losses. Every rate from 0.1 to 1 does within 0.001 of accuracy.
HEDGE = 0.5
# What the weights share out evenly at every sample, so that none is lost for good. 1e-4 to 1e-2 do within 0.001.
SHARE = 1e-3
# A loss counts as at most that of a class to which a float64 gives no chance.
WORST = 34.5
# Every so many samples a replica whose recent loss is larger than the leader's by so much starts again from the leader.
PATIENCE = 1_000
HOPELESS = 0.03


class Mixture:
    r"""Replicas of a network, each at its own learning rate, and how much each of them counts.

    All start alike and learn from every sample. A prediction is the mean of theirs under weights that follow the losses
    $l_k$ of their predictions, by Hedge with a fixed share $\alpha$:

    $$w_k \leftarrow w_k e^{-\eta l_k}, \qquad w_k \leftarrow (1 - \alpha) w_k / \sum_j w_j + \alpha / K$$

    A replica that has fallen far behind, or whose loss is not finite, is dropped: it starts again as a copy of the
    leader, with its own learning rate and its own weight. A mixture of one is that one.

    Parameters
    ----------
    networks
        The replicas; they grow here as features and classes appear.
    optimizers
        The optimiser of each, alike but for the learning rate.

    Attributes
    ----------
    weights
        How much each replica counts, float64 [replicas]; they sum to 1.
    smoothed
        Recent mean loss of each, float64 [replicas].
    samples
        How many samples have been judged, int64 [1].

    References
    ----------
    [^1]: Freund, Y. and Schapire, R.E., 1997. A decision-theoretic generalization of on-line learning and an
    application to boosting. Journal of Computer and System Sciences 55(1).

    [^2]: Herbster, M. and Warmuth, M.K., 1998. Tracking the Best Expert. Machine Learning 32.

    Examples
    --------
    Two replicas; the second is the better one by half a nat a sample.

    >>> from streamnorm.optim import SGD
    >>> networks = [Network([], slots=(), dtype="float32", seed=1) for _ in range(2)]
    >>> mixture = Mixture(networks, [SGD(0.01), SGD(0.1)])
    >>> for _ in range(10):
    ...     mixture.update([1.0, 0.5])
    >>> mixture.weights
    array([0.077514, 0.922486])

    """

    def __init__(self, networks: Sequence[Network], optimizers: Sequence[Optimizer]) -> None:
        self.networks = tuple(networks)
        self.optimizers = tuple(optimizers)
        self.weights: Array = np.full(len(networks), 1.0 / len(networks))
        self.smoothed: Array = np.zeros(len(networks))
        self.samples: Array = np.zeros(1, dtype=np.int64)

    @property
    def fan_in(self) -> int:
        return self.networks[0].fan_in

    @property
    def fan_out(self) -> int:
        return self.networks[0].fan_out

    @property
    def leader(self) -> int:
        """The replica that counts most."""
        return int(np.argmax(self.weights))

    def add_inputs(self, n: int) -> None:
        """Append n inputs to every replica without changing any output."""
        for network in self.networks:
            network.add_inputs(n)

    def clear_inputs(self, columns: Array) -> None:
        """Forget inputs in every replica without changing an output where they are 0."""
        for network in self.networks:
            network.clear_inputs(columns)

    def add_outputs(self, n: int) -> None:
        """Append n outputs to every replica, which are zero until they are learned."""
        for network in self.networks:
            network.add_outputs(n)

    def clear_outputs(self, rows: Array) -> None:
        """Let outputs of every replica start anew."""
        for network in self.networks:
            network.clear_outputs(rows)

    def update(self, losses: Sequence[float], weight: float = 1.0) -> None:
        """Weigh the replicas by the losses of their predictions for one sample, which counts as one at most."""
        if len(self.networks) == 1:
            return
        self.samples += 1
        part = min(weight, 1.0)
        # What is not a number is not below anything.
        bounded = np.array([loss if loss < WORST else WORST for loss in losses])
        weights = self.weights * np.exp(-HEDGE * part * (bounded - bounded.min()))
        self.weights[:] = (1.0 - SHARE) * weights / weights.sum() + SHARE / len(weights)
        self.smoothed += part / min(int(self.samples[0]), PATIENCE) * (bounded - self.smoothed)
        finite = np.isfinite(losses)
        if not finite.any():
            return
        # Nobody starts again from a replica that diverged itself.
        leader = int(np.argmax(np.where(finite, self.weights, -1.0)))
        behind = self.smoothed > self.smoothed[leader] + HOPELESS
        for k in np.flatnonzero(~finite | (behind & (self.samples[0] % PATIENCE == 0))):
            if k != leader:
                self.networks[k].copy(self.networks[leader])
                self.smoothed[k] = self.smoothed[leader]

    def arrays(self) -> dict[str, Array]:
        """Every array under its name in a checkpoint."""
        own = {"weights": self.weights, "smoothed": self.smoothed, "samples": self.samples}
        replicas = {f"{k}.{name}": array for k, network in enumerate(self.networks) for name, array in network.arrays()}
        return own | replicas
