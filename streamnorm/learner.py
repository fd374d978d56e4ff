"""Networks and all that they know of their stream."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Collection, Iterator
from typing import Any

import numpy as np

from streamnorm.engines import connect
from streamnorm.features import FeatureIndex, Sample
from streamnorm.losses import Loss, Reconstruction
from streamnorm.mixture import Mixture
from streamnorm.standardizer import Standardizer
from streamnorm.turn import Turn
from streamnorm.typing import Array
from streamnorm.unscaled import Unscaled

# Values [1, features], and the column of each.
Row = tuple[Array, Array]


class Learner:
    """What every estimator has inside: a sample in, a prediction out, one step to learn.

    It owns the state and lets it grow; the arithmetic on it is the engine's. `predict` and `learn` may be called by any
    thread at any time; whatever else reads or changes the state does so `alone`.

    Parameters
    ----------
    mixture
        The network, at one or several learning rates.
    standardizer
        What becomes of the features before the network.
    target
        Statistics of the target of a regression, None for classes.
    loss
        What the output is judged by. A `Reconstruction` has an output for each feature.
    engine
        Name of the engine.

    """

    def __init__(
        self,
        mixture: Mixture,
        standardizer: Standardizer | Unscaled,
        target: Standardizer | None,
        loss: Loss,
        engine: str,
    ) -> None:
        self.features = FeatureIndex()
        self.mixture = mixture
        self.standardizer = standardizer
        self.target = target
        self.loss = loss
        self.engine = engine
        self._turn = Turn()
        self.connect()

    def connect(self) -> None:
        """Hand the arrays to the engine; again whenever arrays were replaced."""
        state = self.features.columns, self.mixture, self.standardizer, self.target, self.loss
        engine = connect(self.engine, *state)
        if self._turn.taken:
            engine.hold()
        self._engine = engine

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """No other thread learns, predicts or grows in this block: they wait for its end.

        The extension's calls with a dict need no turn, since nothing comes between them. While an engine is held they
        leave every sample to Python, where it waits.
        """
        with self._turn.take():
            self._engine.hold()
            try:
                yield
            finally:
                self._engine.release()

    def predict(self, x: Any, outputs: list[Any]) -> dict[Any, float]:
        """Probabilities, or values in the target's unit, by the names of the outputs. Changes nothing."""
        prediction = self._engine.predict_dict(x, outputs)
        if prediction is None:
            with self.alone():
                (row,) = self._engine.predict_rows(*_row(self.features.read(x))).tolist()
                prediction = dict(zip(outputs, row, strict=True))
        return prediction

    def learn(self, x: Any, target: Any, weight: float) -> None:
        """One step towards the target: the index of the class, or values in their unit, NaN where one is not known; a
        reconstruction has none."""
        if not self._engine.learn_dict(x, target, weight):
            with self.alone():
                self.learn_row(self.admit(x), target, weight)

    def admit(self, x: Any) -> Row:
        """A sample's values and their columns. New features get theirs, unless the sample raises."""
        sample = self.features.read(x)  # Once: another time a value of a user's own class might be another one.
        values, columns = _row(sample)
        if sample.new:
            n = len(self.features.names)
            self.add_features(sample.new)
            values = np.append(values, [[*sample.new.values()]], axis=1)
            columns = np.append(columns, np.arange(n, len(self.features.names)))
        return values, columns

    def learn_row(self, row: Row, target: Any, weight: float) -> Array:
        """One step on a sample that has been admitted; the prediction [fan_out] of before."""
        prediction: Array = self._engine.learn_rows(*row, np.array([target], dtype=np.float64), np.array([weight]))[0]
        return prediction

    def known(self, x: Any) -> Row:
        """A sample's values and their columns, without new features."""
        return _row(self.features.read(x))

    def predict_row(self, row: Row) -> Array:
        """The prediction [fan_out] for a sample's values. Changes nothing."""
        prediction: Array = self._engine.predict_rows(*row)[0]
        return prediction

    def standardized(self, row: Row) -> tuple[Array, Array]:
        """What the network gets of a sample, float64 [features], and which of them it has, bool [features]."""
        values, columns = row
        h, present = np.zeros(self.mixture.fan_in), np.zeros(self.mixture.fan_in, dtype=bool)
        h[columns], present[columns] = values[0], True
        return self.standardizer.transform(h).astype(np.float64) * present, present

    def predict_rows(self, names: list[Any], values: Array) -> Array:
        """Predictions [rows, fan_out] for rows of named features. Changes nothing."""
        columns = self._columns(names)
        known = columns >= 0
        return self._engine.predict_rows(values if known.all() else values[:, known], columns[known])

    def learn_rows(self, names: list[Any], values: Array, targets: Array) -> Array:
        """Test, then train, row by row. Predictions [rows, fan_out] of before each step."""
        if not len(values):
            return np.empty((0, self.mixture.fan_out))
        new = self.features.read(dict(zip(names, values[0].tolist(), strict=True))).new
        before = self.predict_rows(names, values[:1]) if new else None
        self.add_features(new)
        predictions = self._engine.learn_rows(values, self._columns(names), targets, np.ones(len(values)))
        if before is not None:
            predictions[0, : before.shape[1]] = before[0]
        return predictions

    def _columns(self, names: list[Any]) -> Array:
        """Where features belong; -1 for those that are not known."""
        return np.array([self.features.columns.get(name, -1) for name in names], dtype=np.int64)

    def add_outputs(self, n: int) -> None:
        """Append n outputs, which are zero until they are learned."""
        if n:
            self.mixture.add_outputs(n)
            if self.target:
                self.target.grow(n)
            self._follow()

    def add_features(self, names: Collection[Any]) -> None:
        """Give new features their columns. What the network computes for a sample without them stays as it was."""
        if names:
            self.features.add(names)
            self.mixture.add_inputs(len(names))
            self.standardizer.grow(len(names))
            if isinstance(self.loss, Reconstruction):
                self.mixture.add_outputs(len(names))
            self._follow()

    def _follow(self) -> None:
        if not self._engine.follow():
            self.connect()

    def __getstate__(self) -> dict[str, Any]:
        # An engine is a view of the arrays: it is made anew where they are.
        return {name: value for name, value in self.__dict__.items() if name not in ("_engine", "_turn")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        # The arrays may come read-only, from another process's memory.
        self.__dict__.update(copy.deepcopy(state))
        self._turn = Turn()
        self.connect()


def _row(sample: Sample) -> Row:
    """A sample as an array of one row, and the columns of the features that it has; without new ones."""
    columns = np.arange(len(sample.values)) if sample.present is None else np.flatnonzero(sample.present)
    return sample.values[None, columns], columns.astype(np.int64)
