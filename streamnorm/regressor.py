from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from river import base

from streamnorm.arguments import checked_target, checked_weight, require_one_of
from streamnorm.layers import Declared
from streamnorm.losses import Huber, SquaredError
from streamnorm.mini_batch import MiniBatch
from streamnorm.rows import Rows
from streamnorm.standardizer import WINSOR, Standardizer
from streamnorm.typing import Array

# One output, which needs no name.
OUTPUTS = [0]
LOSSES: dict[str, Huber | SquaredError] = {"huber": Huber(), "squared_error": SquaredError()}


class NormPropRegressor(MiniBatch, base.MiniBatchRegressor):
    """Neural network regressor that learns one sample at a time, by Normalization Propagation.

    As `NormPropClassifier`, with a target that is standardised by running statistics of its own: the network learns
    it in standard deviations from its mean, at most ten; predictions are in the target's unit.

    Parameters
    ----------
    hidden
        Widths of the hidden layers, input side first; a list in River's parameter grids. `()` is a linear regression.
        Layers such as `Conv1d(16, 7)` and `MaxPool(2)` may stand in front of them where samples are arrays;
        `"sensor"` and `"image"` are such layers, chosen for windows of a few channels and for small images.
    learning_rate
        `"auto"`: nothing to tune. The network learns at three rates side by side, and predictions are mixed by how well
        each has done. Or one rate above 0 and up to 1, for a third of the work.
    optimizer
        `"rmsprop"`, `"sgd"` or `"adam"`. `"auto"` mixes the rates 0.001, 0.005, 0.02; for SGD 0.01, 0.03, 0.1.
    loss
        `"huber"`: squared error up to one standard deviation of the target, absolute error beyond; or
        `"squared_error"`.
    activation
        `"relu"`, `"leaky_relu"`, `"tanh"`, `"sigmoid"`, `"gelu"`, `"silu"`, `"softplus"` or `"identity"`.
    standardize
        Whether the model standardises its features. `False` takes them as they come, within +-1e6, and an absent one
        as 0: for features that are standardised already. The target is standardised in any case.
    fading_factor
        Weight of the newest value in the running statistics of features and target, from 0 to below 1, for streams
        whose scale moves. 0 weighs all values alike.
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
        For each learning rate how much its network counts in a prediction; the shares sum to 1.

    Raises
    ------
    ValueError
        For an argument out of its range, or a value in a sample, or a target, that is not finite.
    TypeError
        For a value in a sample, or a target, that is not a number.

    References
    ----------
    [^1]: [Arpit, D., Zhou, Y., Kota, B., Govindaraju, V., 2016. Normalization Propagation: A Parametric Technique for
    Removing Internal Covariate Shift in Deep Networks. ICML.](https://arxiv.org/abs/1603.01431)

    Examples
    --------
    >>> from river import datasets, evaluate, metrics
    >>> from streamnorm import NormPropRegressor

    >>> model = NormPropRegressor(seed=42)

    >>> evaluate.progressive_val_score(datasets.TrumpApproval(), model, metrics.MAE())
    MAE: 0.242487

    """

    def __init__(
        self,
        hidden: tuple[Declared, ...] | str = (64, 64),
        learning_rate: float | str = "auto",
        optimizer: str = "rmsprop",
        loss: str = "huber",
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
        self.loss = loss
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
        require_one_of("loss", loss, LOSSES)
        # A target counts in the loss as it counts in the statistics: no further out than this.
        self._learner = self._build(LOSSES[loss], Standardizer(fading_factor, clip=WINSOR, dtype="float64"))
        self._learner.add_outputs(1)

    _task = "regression"

    def learn_one(self, x: dict[base.typing.FeatureName, Any], y: base.typing.RegTarget, w: float = 1.0) -> None:
        """One step of gradient descent on one sample.

        Parameters
        ----------
        x
            A dictionary of features, every value a finite number; or of one array of `input_shape`.
        y
            The target, a finite number.
        w
            How many samples this one stands for, 0 or more; more than 100 count as 100. One step goes about as far as
            they all would, and no further than to the target. Statistics count the sample once.

        """
        self._learner.learn(x, checked_target(y), checked_weight(w))

    def predict_one(self, x: dict[base.typing.FeatureName, Any]) -> base.typing.RegTarget:
        """The prediction in the target's unit; 0 before the first sample.

        Parameters
        ----------
        x
            A dictionary of features, every value a finite number; or of one array of `input_shape`.

        """
        return self._learner.predict(x, OUTPUTS)[0]

    @staticmethod
    def _n_outputs(state: dict[str, Any], fan_in: int) -> int:
        return len(OUTPUTS)

    def _learn_rows(self, rows: Rows, targets: list[Any]) -> Iterator[Array]:
        checked = np.array([checked_target(target) for target in targets])
        yield self._learner.learn_rows(rows.names, rows.values, checked)

    def _decoded(self, predictions: Array) -> list[Any]:
        values: list[float] = predictions[:, 0].tolist()
        return values
