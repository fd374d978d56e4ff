"""Many samples in one call, for the estimators of which River has a mini-batch form."""

from __future__ import annotations

import abc
from collections.abc import Iterator
from typing import Any

from streamnorm.array_index import ArrayIndex
from streamnorm.array_rows import flat_rows
from streamnorm.rows import Rows, targets
from streamnorm.supervised import Supervised
from streamnorm.typing import Array


class MiniBatch(Supervised):
    """An estimator that takes arrays and frames as well, row by row, as the loop would."""

    def learn_many(self, X: Any, y: Any) -> None:
        """`learn_one` row by row, in one call. Every row is checked before the first is learned.

        Parameters
        ----------
        X
            An array [samples, features] of numbers, whose columns are the features 0, 1, ...; or a frame of any kind
            that narwhals knows (pandas, polars, ...), one column a feature. With an `input_shape` an array
            [samples, *input_shape].
        y
            The labels or targets: an array, a list or a series.

        """
        rows = self._rows_to_learn(X)
        labels = targets(y, len(rows))
        with self._learner.alone():
            for _ in self._learn_rows(rows, labels):
                pass

    def test_then_train_many(self, X: Any, y: Any) -> Any:
        """`predict_one`, then `learn_one`, row by row, in one call: the predictions of a prequential evaluation.

        Parameters
        ----------
        X
            As for `learn_many`.
        y
            As for `learn_many`.

        Returns
        -------
        What was predicted of each row before it was learned, as `predict_many` would give it.

        Examples
        --------
        >>> import numpy as np
        >>> from river import datasets
        >>> from streamnorm import NormPropClassifier
        >>> stream = [*datasets.Phishing()]
        >>> X, y = np.array([[*x.values()] for x, _ in stream]), np.array([y for _, y in stream])
        >>> predictions = NormPropClassifier(seed=42).test_then_train_many(X, y)
        >>> float((predictions == y).mean())
        0.9

        """
        rows = self._rows_to_learn(X)
        labels = targets(y, len(rows))
        with self._learner.alone():
            pieces = self._learn_rows(rows, labels)
            predictions = [prediction for piece in pieces for prediction in self._decoded(piece)]
        return rows.series(predictions)

    def predict_many(self, X: Any) -> Any:
        """`predict_one` row by row: an array for an array, a series of the frame's kind for a frame."""
        rows = self._rows(X)
        with self._learner.alone():
            predictions = self._learner.predict_rows(rows.names, rows.values)
        return rows.series(self._decoded(predictions))

    def _rows(self, X: Any) -> Rows:
        features = self._learner.features
        if isinstance(features, ArrayIndex):
            return Rows(flat_rows(X, features), skips_missing=True)
        rows = Rows(X, features.skips_missing)
        rows.check_known(features.columns)
        return rows

    def _rows_to_learn(self, X: Any) -> Rows:
        rows = self._rows(X)
        self._learner.check_rows(rows.values)
        return rows

    @abc.abstractmethod
    def _learn_rows(self, rows: Rows, targets: list[Any]) -> Iterator[Array]:
        """Test, then train, piece by piece; raises before the first where a target could not be learned."""

    @abc.abstractmethod
    def _decoded(self, predictions: Array) -> list[Any]:
        """What `predict_one` would say, for each row of the learner's predictions."""
