"""A network and all that it knows of its stream."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np

from streamnorm.engines import connect
from streamnorm.features import FeatureIndex, Sample
from streamnorm.losses import Loss
from streamnorm.network import Network
from streamnorm.optim import Optimizer
from streamnorm.standardizer import Standardizer
from streamnorm.typing import Array
from streamnorm.unscaled import Unscaled


class Learner:
    """What every estimator has inside: a sample in, the network's output out, one step to learn.

    A sample is standardised with the statistics of the samples before it, so that learning sees the very input that
    predicting saw. The statistics follow after the step.

    Parameters
    ----------
    network
        The network. It grows here as features appear.
    standardizer
        What becomes of the features before the network.
    loss
        What the output is judged by.
    optimizer
        What a gradient does to the arrays.
    engine
        Name of the engine.

    """

    def __init__(
        self,
        network: Network,
        standardizer: Standardizer | Unscaled,
        loss: Loss,
        optimizer: Optimizer,
        engine: str,
    ) -> None:
        self.features = FeatureIndex()
        self.network = network
        self.standardizer = standardizer
        self.loss = loss
        self.optimizer = optimizer
        self.engine = engine
        self.connect()

    def connect(self) -> None:
        """Hand the arrays to the engine; again whenever arrays were replaced."""
        self._engine = connect(self.engine, self.network, self.loss, self.optimizer)

    def output(self, sample: Sample) -> Array:
        """The network's output for a sample. Changes nothing."""
        return self._engine.forward(self._input(sample))

    def learn(self, sample: Sample, target: Any, weight: float) -> None:
        """One step towards the target; then the sample counts in the statistics."""
        if sample.new:
            sample = self._admit(sample)
        if weight:  # Optimisers would count a sample of no weight in their averages.
            self._engine.learn(self._input(sample), target, weight)
        self.standardizer.update(sample.values, sample.present)

    def add_outputs(self, n: int) -> None:
        self.network.add_outputs(n)
        self.connect()

    def add_features(self, names: Collection[Any]) -> None:
        """Give new features their columns. What the network computes for a sample without them stays as it was."""
        if names:
            self.features.add(names)
            self.network.add_inputs(len(names))
            self.standardizer.grow(len(names))
            self.connect()

    def _admit(self, sample: Sample) -> Sample:
        self.add_features(sample.new)
        known = np.ones(len(sample.values), dtype=bool) if sample.present is None else sample.present
        present = np.pad(known, (0, len(sample.new)), constant_values=True)
        return Sample(np.append(sample.values, [*sample.new.values()]), present, {})

    def _input(self, sample: Sample) -> Array:
        h = self.standardizer.transform(sample.values).astype(self.network.dtype, copy=False)
        # An absent feature is its mean, which is 0 after standardising.
        return h if sample.present is None else h * sample.present

    def __getstate__(self) -> dict[str, Any]:
        # An engine is a view of the arrays: it is made anew where they are.
        return {name: value for name, value in self.__dict__.items() if name != "_engine"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self.connect()
