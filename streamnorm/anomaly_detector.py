from __future__ import annotations

from typing import Any

import numpy as np
from river import base

from streamnorm.estimator import NormProp
from streamnorm.layers import Declared
from streamnorm.learner import Row
from streamnorm.losses import Reconstruction
from streamnorm.standardizer import Standardizer
from streamnorm.surprise import Surprise
from streamnorm.tail import Tail
from streamnorm.typing import Array
from streamnorm.unscaled import Unscaled


class NormPropAnomalyDetector(NormProp, base.AnomalyDetector):
    """Neural network anomaly detector whose score means the same on every stream.

    A Normalization Propagation network learns, one sample at a time, to give back the features that it gets, through a
    layer too narrow for all of them. A sample is the stranger the further its features are from their reconstruction,
    or from their mean. The score says how rare that is: one less the probability that a sample like those so far would
    be as strange. So of ordinary samples about one in a hundred scores above 0.99, and one in a thousand above 0.999,
    whatever the stream; docs/anomaly.md has the figures. (Samples that are exactly alike share a score: where features
    take few values, shares come in steps.) Until enough samples have been seen to tell, scores stay away from 1; before
    the first the score is one half.

    Like `NormPropClassifier` it standardises by itself, needs no learning rate, and takes features that come and go.

    A sample's like are all samples so far, anomalies too: where they make up a twentieth of the stream, a threshold of
    0.95 is right. To know how rare a sample is the detector must learn every one, also those that it scores highly.
    `river.anomaly.ThresholdFilter` keeps those from it, or all of them: it may set the threshold, but learn with the
    detector. `river.anomaly.QuantileFilter` with `protect_anomaly_detector=False` learns every sample.

    Parameters
    ----------
    hidden
        Widths of the hidden layers, input side first; a list in River's parameter grids. The narrowest should be below
        the number of features.
        Layers such as `Conv1d(16, 7)` and `MaxPool(2)` may stand in front of them where samples are arrays;
        `"sensor"` and `"image"` are such layers, chosen for windows of a few channels and for small images.
    learning_rate
        `"auto"`: nothing to tune. The network learns at three rates side by side, and reconstructions are mixed by how
        well each has done. Or one rate above 0 and up to 1, for a third of the work.
    optimizer
        `"rmsprop"`, `"sgd"` or `"adam"`. `"auto"` mixes the rates 0.001, 0.005, 0.02; for SGD 0.01, 0.03, 0.1.
    activation
        `"relu"`, `"leaky_relu"`, `"tanh"`, `"sigmoid"`, `"gelu"`, `"silu"`, `"softplus"` or `"identity"`.
    standardize
        Whether the model standardises its features. `False` takes them as they come, within +-1e6, and an absent one
        as 0: for features that are standardised already.
    fading_factor
        Weight of the newest value in the running statistics of the features, from 0 to below 1, for streams whose scale
        moves. 0 weighs all values alike.
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
    features_
        The features seen so far, in the order of the network's inputs; of arrays the channels 0, 1, ...
    n_forgotten_
        How many features were forgotten for `max_features`. The logger "streamnorm" names them at level INFO.
    learning_rates_
        For each learning rate how much its network counts in a reconstruction; the shares sum to 1.

    Raises
    ------
    ValueError
        For an argument out of its range, or a value in a sample that is not finite.
    TypeError
        For a value in a sample that is not a number.

    References
    ----------
    [^1]: [Arpit, D., Zhou, Y., Kota, B., Govindaraju, V., 2016. Normalization Propagation: A Parametric Technique for
    Removing Internal Covariate Shift in Deep Networks. ICML.](https://arxiv.org/abs/1603.01431)

    Examples
    --------
    >>> from river import datasets, metrics
    >>> from streamnorm import NormPropAnomalyDetector

    >>> detector = NormPropAnomalyDetector(seed=42)

    >>> auc = metrics.RollingROCAUC(window_size=5_000)
    >>> for x, y in datasets.Shuttle().take(5_000):
    ...     auc.update(y, detector.score_one(x))
    ...     detector.learn_one(x)
    >>> auc
    RollingROCAUC: 99.41%

    """

    def __init__(
        self,
        hidden: tuple[Declared, ...] | str = (16, 4, 16),
        learning_rate: float | str = "auto",
        optimizer: str = "rmsprop",
        activation: str = "tanh",
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
        self._learner = self._build(Reconstruction())
        self._surprise = Surprise()
        self._surprise.grow(self._learner.mixture.fan_in)
        self._tail = Tail()

    _task = "anomaly detection"

    def learn_one(self, x: dict[base.typing.FeatureName, Any]) -> None:
        """One step of gradient descent on one sample, which then counts in the statistics.

        Parameters
        ----------
        x
            A dictionary of features, every value a finite number; or of one array of `input_shape`.

        """
        with self._learner.alone():
            forgotten, recency = self.n_forgotten_, self._learner.recency
            row = self._learner.admit(x)
            if self.input_shape and not len(row[1]):
                return  # No array, no window: nothing is known of how strange it would have been.
            self._surprise.grow(self._learner.mixture.fan_in)
            if recency and self.n_forgotten_ > forgotten:
                self._surprise.errors.clear(recency.seen == 0)
            h, present = self._learner.standardized(row)
            errors = self._learner.learn_row(row, [], 1.0)
            self._tail.update(self._surprise.value(errors, h, present))
            self._surprise.errors.update(errors, present)

    def score_one(self, x: dict[base.typing.FeatureName, Any]) -> float:
        """How sure it is that the sample is none like those so far, from 0 to 1; one half before the first.

        Parameters
        ----------
        x
            A dictionary of features, every value a finite number; or of one array of `input_shape`.

        """
        with self._learner.alone():
            value = self._surprise.value(*self._reconstructed(self._learner.known(x)))
            return 1.0 - self._tail.probability(value)

    def explain_one(self, x: dict[base.typing.FeatureName, Any]) -> dict[Any, Any]:
        """How much each feature adds to how strange a sample is; the largest ones made it an anomaly. Changes nothing.

        Parameters
        ----------
        x
            A dictionary of features, as for `score_one`.

        Returns
        -------
        For each known feature of the sample, in the order of `features_`, the logarithm of one and of how far it is
        from its mean or its reconstruction, squared, in standard deviations; divided by their number. Of an array, an
        array.

        Examples
        --------
        >>> from river import datasets
        >>> from streamnorm import NormPropAnomalyDetector
        >>> detector = NormPropAnomalyDetector(seed=42)
        >>> for x, y in datasets.Shuttle().take(1_000):
        ...     detector.learn_one(x)
        >>> explained = detector.explain_one({**x, "f3": 300})
        >>> max(explained, key=explained.get)
        'f3'

        """
        with self._learner.alone():
            row = self._learner.known(x)
            return self._learner.features.named(x, self._surprise.shares(*self._reconstructed(row)), row[1])

    def _reconstructed(self, row: Row) -> tuple[Array, Array, Array]:
        """Errors of a sample's reconstruction, its standardised features, and which of them it has."""
        return self._learner.predict_row(row), *self._learner.standardized(row)

    @staticmethod
    def _n_outputs(state: dict[str, Any], fan_in: int) -> int:
        return fan_in

    def _standardizers(self) -> dict[str, Standardizer | Unscaled]:
        return {**super()._standardizers(), "errors": self._surprise.errors}

    def _arrays(self) -> dict[str, Array]:
        return super()._arrays() | {f"tail.{name}": array for name, array in self._tail.arrays().items()}

    def _state_beside(self) -> dict[str, Array]:
        errors = {f"errors.{name}": array[np.newaxis] for name, array in self._surprise.errors.arrays().items()}
        return errors | {f"tail.{name}": array for name, array in self._tail.arrays().items()}

    def _restore(self, state: dict[str, Any], arrays: dict[str, Array]) -> None:
        if self.input_shape is None:
            self._surprise.grow(len(state["features"]))
        super()._restore(state, arrays)
        self._tail.check()
