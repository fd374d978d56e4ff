from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
from river import base

from streamnorm.arguments import checked_weight
from streamnorm.labels import Label, LabelIndex
from streamnorm.layers import Declared
from streamnorm.losses import CrossEntropy
from streamnorm.mini_batch import MiniBatch
from streamnorm.rows import Rows
from streamnorm.typing import Array


class NormPropClassifier(MiniBatch, base.MiniBatchClassifier):
    """Neural network classifier that learns one sample at a time, by Normalization Propagation.

    Features are standardised by running statistics, and every hidden layer is normalised by the paper's closed-form
    constants, so that no batch is needed. Features and classes may appear at any time: a new one leaves what the
    network computes as it was. A feature that is missing from a sample counts as its mean.

    Parameters
    ----------
    hidden
        Widths of the hidden layers, input side first; a list in River's parameter grids. `()` is a logistic regression.
        Layers such as `Conv1d(16, 7)` and `MaxPool(2)` may stand in front of them where samples are arrays;
        `"sensor"` and `"image"` are such layers, chosen for windows of a few channels and for small images.
    learning_rate
        `"auto"`: nothing to tune. The network learns at three rates side by side, and predictions are mixed by how well
        each has done. Or one rate above 0 and up to 1, for a third of the work.
    optimizer
        `"rmsprop"`, `"sgd"` or `"adam"`. `"auto"` mixes the rates 0.001, 0.005, 0.02; for SGD 0.01, 0.03, 0.1.
    activation
        `"relu"`, `"leaky_relu"`, `"tanh"`, `"sigmoid"`, `"gelu"`, `"silu"`, `"softplus"` or `"identity"`.
    standardize
        Whether the model standardises its features. `False` takes them as they come, within +-1e6, and an absent one
        as 0: for features that are standardised already.
    fading_factor
        Weight of the newest value in the running statistics, from 0 to below 1, for streams whose scale moves. 0
        weighs all values alike.
    missing
        What None and NaN in a sample are: `"error"`, or `"mean"`, an absent feature, which counts as its mean. A
        feature that has never been seen with a number does not come to be.
    max_features
        How many features are kept at most. When another appears, the one not seen for longest is forgotten, what it
        taught with it; samples without it are predicted as before. None keeps all.
    input_shape
        Of samples that are a dict of one array, under any name: (channels, steps) or (channels, height, width). None
        for dicts of numbers.
    learn_every
        Of the samples that are learned every n-th moves the weights, the first to begin with; all count in the running
        statistics, and a new output comes with whichever sample shows it. 1 learns all; windows that overlap teach the
        same again and again: see docs/sliding-window.md. It does not count time: where a sample is learned now and then
        only, leave it at 1. An exported file that learns leaves it to whoever calls it.
    engine
        Who runs the arithmetic: `"native"` (C), `"reference"` (NumPy), `"autograd"` (torch), or `"auto"`, the fastest
        installed. All learn the same.
    dtype
        Type of the network's arrays, `"float32"` or `"float64"`. What comes in is rounded to float32 in both cases,
        as it will be for an exported file.
    seed
        Seed of the initial weights, for reproducibility.

    Attributes
    ----------
    classes_
        The labels seen so far, in the order in which they appeared.
    features_
        The features seen so far, in the order of the network's inputs; of arrays the channels 0, 1, ...
    n_forgotten_
        How many features were forgotten for `max_features`. The logger "streamnorm" names them at level INFO.
    learning_rates_
        For each learning rate how much its network counts in a prediction; the shares sum to 1.

    Raises
    ------
    ValueError
        For an argument out of its range, or a value in a sample that is not finite.
    TypeError
        For a value in a sample that is not a number, or a label that is not a bool, int or str like those before.

    References
    ----------
    [^1]: [Arpit, D., Zhou, Y., Kota, B., Govindaraju, V., 2016. Normalization Propagation: A Parametric Technique for
    Removing Internal Covariate Shift in Deep Networks. ICML.](https://arxiv.org/abs/1603.01431)

    Examples
    --------
    >>> from river import datasets, evaluate, metrics
    >>> from streamnorm import NormPropClassifier

    >>> model = NormPropClassifier(seed=42)

    >>> evaluate.progressive_val_score(datasets.Phishing(), model, metrics.Accuracy())
    Accuracy: 90.07%

    Digits as images of one channel:

    >>> from sklearn.datasets import load_digits
    >>> from streamnorm import Conv2d, MaxPool

    >>> X, y = load_digits(return_X_y=True)
    >>> model = NormPropClassifier((Conv2d(8, 3), MaxPool(2), 32), input_shape=(1, 8, 8), seed=42)
    >>> predictions = model.test_then_train_many(X[:900].reshape(-1, 1, 8, 8), y[:900])
    >>> round(float((predictions == y[:900]).mean()), 2)
    0.84

    """

    def __init__(
        self,
        hidden: tuple[Declared, ...] | str = (64, 64),
        learning_rate: float | str = "auto",
        optimizer: str = "rmsprop",
        activation: str = "relu",
        standardize: bool = True,
        fading_factor: float = 0.0,
        missing: str = "error",
        max_features: int | None = None,
        input_shape: tuple[int, ...] | None = None,
        learn_every: int = 1,
        engine: str = "auto",
        dtype: str = "float32",
        seed: int | None = None,
    ) -> None:
        self.hidden = tuple(hidden) if isinstance(hidden, list) else hidden
        self.learning_rate = learning_rate
        self.optimizer = optimizer
        self.activation = activation
        self.standardize = standardize
        self.fading_factor = fading_factor
        self.missing = missing
        self.max_features = max_features
        self.input_shape = tuple(input_shape) if isinstance(input_shape, list) else input_shape
        self.learn_every = learn_every
        self.engine = engine
        self.dtype = dtype
        self.seed = seed
        self._learner = self._build(CrossEntropy())
        self._labels = LabelIndex()

    _task = "classification"

    @property
    def _multiclass(self) -> bool:
        return True

    @property
    def classes_(self) -> list[base.typing.ClfTarget]:
        return list(self._labels.labels)

    def learn_one(self, x: dict[base.typing.FeatureName, Any], y: base.typing.ClfTarget, w: float = 1.0) -> None:
        """One step of gradient descent on one sample.

        Parameters
        ----------
        x
            A dictionary of features, every value a finite number; or of one array of `input_shape`.
        y
            The label.
        w
            How many samples this one stands for, 0 or more; more than 100 count as 100. One step goes about as far as
            they all would, and no further than to the target. Statistics count the sample once.

        """
        label = self._labels.check(y)
        weight = checked_weight(w)
        target = self._labels.outputs.get(label)
        if target is None:
            self._learn_new(x, label, weight)
        else:
            self._learner.learn(x, target, weight)

    def _learn_new(self, x: Any, label: Label, weight: float) -> None:
        with self._learner.alone():
            self._labels.check(label)  # Another thread may have been faster, with another kind of label.
            row = self._learner.admit(x)  # Raises before the class is added.
            self._add(label)
            self._learner.learn_row(row, self._labels.outputs[label], weight)

    def _add(self, label: Label) -> None:
        if label not in self._labels.outputs:  # Another thread may have been faster.
            self._learner.add_outputs(1)
            self._labels.add(label)

    def predict_proba_one(
        self, x: dict[base.typing.FeatureName, Any], **kwargs: Any
    ) -> dict[base.typing.ClfTarget, float]:
        """Probability of each class seen so far; empty before the first.

        Parameters
        ----------
        x
            A dictionary of features, every value a finite number; or of one array of `input_shape`.

        """
        return self._learner.predict(x, self._labels.labels)

    def predict_proba_many(self, X: Any) -> Any:
        """`predict_proba_one` row by row: one column a class, in the order of `classes_`."""
        rows = self._rows(X)
        with self._learner.alone():
            predictions = self._learner.predict_rows(rows.names, rows.values)
            return rows.frame(dict(zip(self._labels.labels, predictions.T, strict=True)))

    def _learn_rows(self, rows: Rows, targets: list[Any]) -> Iterator[Array]:
        outputs, new = self._labels.encode(targets)
        # A class is not known before the row that shows it: rows are learned from one such row to the next.
        met = [int(np.argmax(outputs == len(self._labels) + k)) for k in range(len(new))] + [len(outputs)]
        yield self._learner.learn_rows(rows.names, rows.values[: met[0]], outputs[: met[0]])
        for label, (start, end) in zip(new, itertools.pairwise(met), strict=True):
            yield self._learner.predict_rows(rows.names, rows.values[start : start + 1])
            self._learner.add_outputs(1)
            self._labels.add(label)
            yield self._learner.learn_rows(rows.names, rows.values[start:end], outputs[start:end])[1:]

    def _decoded(self, predictions: Array) -> list[Any]:
        if not predictions.shape[1]:
            return [None] * len(predictions)
        return [self._labels.labels[output] for output in predictions.argmax(axis=1).tolist()]

    def _output_names(self) -> list[Any]:
        return list(self._labels.labels)

    @staticmethod
    def _n_outputs(state: dict[str, Any], fan_in: int) -> int:
        return len(state["labels"])

    def _state(self) -> dict[str, Any]:
        return {**super()._state(), "labels": self.classes_}

    def _restore(self, state: dict[str, Any], arrays: dict[str, Array]) -> None:
        if not isinstance(state["labels"], list):
            raise ValueError(f"labels are a list, not {state['labels']!r}")
        for label in state["labels"]:
            self._labels.add(self._labels.check(label))
        self._learner.add_outputs(len(self._labels))
        super()._restore(state, arrays)
