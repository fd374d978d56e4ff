"""Networks and all that they know of their stream."""

from __future__ import annotations

import contextlib
import copy
import logging
from collections.abc import Collection, Iterator
from typing import Any

import numpy as np

from streamnorm.array_index import ArrayIndex
from streamnorm.engines import connect
from streamnorm.features import FeatureIndex, Sample
from streamnorm.losses import Loss, Reconstruction
from streamnorm.mixture import Mixture
from streamnorm.pace import Pace
from streamnorm.recency import Recency
from streamnorm.standardizer import Standardizer
from streamnorm.turn import Turn
from streamnorm.typing import Array
from streamnorm.unscaled import Unscaled

# Values [1, features], and the column of each.
Row = tuple[Array, Array]
_LOG = logging.getLogger("streamnorm")


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
    missing
        `"error"`, or `"mean"`: None and NaN are absent features.
    max_features
        How many features are kept at most, those seen last; None for all.
    input_shape
        Of the array that a sample is, None where it is a dict of features.
    learn_every
        Of how many samples one moves the weights.

    """

    def __init__(
        self,
        mixture: Mixture,
        standardizer: Standardizer | Unscaled,
        target: Standardizer | None,
        loss: Loss,
        engine: str,
        missing: str = "error",
        max_features: int | None = None,
        input_shape: tuple[int, ...] | None = None,
        learn_every: int = 1,
    ) -> None:
        self.features = ArrayIndex(input_shape, missing) if input_shape else FeatureIndex(missing=missing)
        self.recency = Recency(max_features) if max_features else None
        self.pace = Pace(learn_every) if learn_every > 1 else None
        self.mixture = mixture
        self.standardizer = standardizer
        self.target = target
        self.loss = loss
        self.engine = engine
        self._turn = Turn()
        if input_shape:
            self._append(input_shape[0])
        self.connect()

    def connect(self) -> None:
        """Hand the arrays to the engine; again whenever arrays were replaced."""
        state = self.features, self.mixture, self.standardizer, self.target, self.loss, self.recency
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
            try:
                self._engine.hold()  # In here, since a signal handler may raise right behind it.
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
        if not self.learn_plain(x, target, weight):
            with self.alone():
                self.learn_row(self.admit(x), target, weight)

    def learn_plain(self, x: Any, target: Any, weight: float) -> bool:
        """`learn` where the engine reads dicts itself; False, and nothing done, where it leaves this one to `admit`."""
        return self.pace is None and self._engine.learn_dict(x, target, weight)

    def admit(self, x: Any) -> Row:
        """A sample's values and their columns. New features get theirs, unless the sample raises."""
        sample = self.features.read(x)  # Once: another time a value of a user's own class might be another one.
        values, columns = _row(sample)
        self.check_count(len(columns) + len(sample.new))
        if sample.new:
            values = np.append(values, [[*sample.new.values()]], axis=1)
            columns = np.append(columns, self.add_features([*sample.new], columns))
        return values, columns

    def learn_row(self, row: Row, target: Any, weight: float) -> Array:
        """One step on a sample that has been admitted; the prediction [fan_out] of before. Without its array there is
        nothing to learn of one."""
        weights = weight * self._weights(row[0])
        prediction: Array = self._engine.learn_rows(*row, np.array([target], dtype=np.float64), weights)[0]
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
        pieces = []
        while len(values):
            before = self._admit_row(names, values[0])
            columns = self._columns(names)
            known = columns >= 0
            # The next row with a feature that has no column yet begins another piece.
            n = _first_with_value(values, np.flatnonzero(~known))
            X = values[:n] if known.all() else values[:n, known]
            pieces.append(self._engine.learn_rows(X, columns[known], targets[:n], self._weights(X)))
            pieces[-1][: len(before), : before.shape[1]] = before
            values, targets = values[n:], targets[n:]
        width = self.mixture.fan_out  # A reconstruction gets an output with each feature.
        padded = [np.pad(piece, [(0, 0), (0, width - piece.shape[1])]) for piece in pieces]
        return np.concatenate([np.empty((0, width)), *padded])

    def _weights(self, X: Array) -> Array:
        """What each row counts: nothing without its array, nor where it is not its turn."""
        weights = np.ones(len(X))
        if isinstance(self.features, ArrayIndex):
            weights[np.isnan(X).all(axis=1)] = 0.0
        if self.pace:
            weights = np.array([self.pace.weight(1.0) if weight else 0.0 for weight in weights])
        return weights

    def _admit_row(self, names: list[Any], row: Array) -> Array:
        """Give new features of a row their columns; what was predicted of it before, or no row without any."""
        if isinstance(self.features, ArrayIndex):
            return np.empty((0, self.mixture.fan_out))
        here = {name: value for name, value in zip(names, row.tolist(), strict=True) if value == value}
        new = [*self.features.read(here).new]
        if not new:
            return np.empty((0, self.mixture.fan_out))
        before = self.predict_rows(names, row[np.newaxis])
        columns = self._columns([*here])
        self.add_features(new, columns[columns >= 0])
        return before

    def check_rows(self, values: Array) -> None:
        """Raise for rows that may not be learned, as they have more features than are kept."""
        self.check_count(int(np.max(np.count_nonzero(~np.isnan(values), axis=1), initial=0)))

    def check_count(self, n: int) -> None:
        """Raise for more features than are kept."""
        if self.recency and n > self.recency.limit:
            raise ValueError(
                f"a sample has {n} features, more than max_features={self.recency.limit}: raise max_features, or "
                "select features in front of the model"
            )

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

    def add_features(self, names: list[Any], present: Collection[int] = ()) -> Array:
        """Give new features their columns. What the network computes for a sample without them stays as it was.

        Where there are more than are kept, columns of the features that were not seen for longest become theirs; those
        that are `present` in the sample stay. Returns the columns.
        """
        assert isinstance(self.features, FeatureIndex)
        recency, start = self.recency, self.mixture.fan_in
        excess = max(start + len(names) - recency.limit, 0) if recency else 0
        columns = np.arange(start, start + len(names) - excess)
        if recency and excess:
            oldest = recency.oldest(excess, but=np.array([*present], dtype=np.int64))
            columns = np.append(columns, oldest)
            forgotten = [self.features.names[column] for column in oldest.tolist()]
            self.features.replace(columns.tolist(), names)  # Raises before anything else has changed, as `add` does.
            self._clear(oldest, recency)
            _LOG.info("forgot %d features that were not seen for longest: %r", len(forgotten), forgotten)
        else:
            self.features.add(names)
        if len(names) > excess:
            self._append(len(names) - excess)
        if names:
            self._follow()
        return columns

    def _append(self, n: int) -> None:
        before = self.mixture.fan_in
        self.mixture.add_inputs(n)
        values = self.mixture.fan_in - before
        self.standardizer.grow(values // self.standardizer.positions)
        if isinstance(self.loss, Reconstruction):
            self.mixture.add_outputs(values)
        if self.recency:
            self.recency.grow(n)

    def _clear(self, columns: Array, recency: Recency) -> None:
        self.mixture.clear_inputs(columns)
        if isinstance(self.loss, Reconstruction):
            self.mixture.clear_outputs(columns)
        self.standardizer.clear(columns)
        recency.clear(columns)

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


def _first_with_value(values: Array, columns: Array) -> int:
    """The first row with a value in one of the columns; their number if there is none. Looks not much further."""
    start, end = 0, 1
    while len(columns) and start < len(values):
        rows = ~np.isnan(values[start:end, columns]).all(axis=1)
        if rows.any():
            return start + int(np.argmax(rows))
        start, end = end, 2 * end
    return len(values)
