"""What learns on the device: NumPy and onnxruntime, nothing else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from streamnorm import files
from streamnorm.arguments import checked_weight
from streamnorm.labels import Label
from streamnorm.typing import Array

from . import seal, wire
from .learning.metadata import LearningMetadata
from .learning_session import LearningSession
from .tasks import Classification, Forecast


class EdgeLearner:
    """Learns and predicts with a file of `to_onnx(model, path, learn=True)`, as the model itself would.

    What is learned stays in memory until `save` writes it back into a file of the same form. Features that the file
    does not know are ignored, though they must be numbers as well; a known feature that is absent counts as its mean,
    and so do None and NaN where the model has `missing="mean"`; an anomaly detector leaves it out of the score. Of a
    model with an `input_shape` a sample is a dict with one array of that shape, under any name; of `{}`, where there is
    none yet, nothing is learned. A class, label or target that the model has not met takes one of the `spare_classes`
    that were reserved at export. An object serves one thread.

    Parameters
    ----------
    path
        The file.

    Attributes
    ----------
    task
        `"anomaly detection"`, `"classification"`, `"multi-label classification"`, `"multi-target regression"` or
        `"regression"`.
    features_
        The features in the order of the file's input; where a sample is an array, its channels.
    input_shape
        Of the array that a sample is, None where it is a dict of features.
    outputs_
        The names met so far of what is predicted, in the order of the file: classes, labels or targets; empty
        where nothing has a name.
    classes_
        The same of a classification; empty for any other task.

    Raises
    ------
    FileNotFoundError
        Where there is no such file.
    ValueError
        For a file that was changed or damaged since its export or its last `save`, or not written by `to_onnx` with
        `learn=True`; for a value in a sample that is not finite; for a new class, label or target with no spare one
        left.
    TypeError
        For a value in a sample that is not a number, or a label that is not like those before.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from river import datasets, metrics
    >>> from streamnorm import NormPropClassifier
    >>> from streamnorm.export import EdgeLearner, to_onnx
    >>> model = NormPropClassifier(seed=42)
    >>> for x, y in datasets.Phishing().take(100):
    ...     model.learn_one(x, y)
    >>> with tempfile.TemporaryDirectory() as directory:
    ...     path = pathlib.Path(directory, "phishing.onnx")
    ...     proto = to_onnx(model, path, learn=True)
    ...     device = EdgeLearner(path)
    >>> accuracy = metrics.Accuracy()
    >>> for x, y in datasets.Phishing():
    ...     accuracy.update(y, device.predict_one(x))
    ...     device.learn_one(x, y)
    >>> accuracy
    Accuracy: 90.40%

    """

    _supervised = True  # River asks the last step of a pipeline.

    def __init__(self, path: str | Path) -> None:
        try:
            self._content = seal.read(path)
            about = LearningMetadata.from_props(wire.metadata(self._content))
            if isinstance(about.task, Forecast):
                raise ValueError("it is a forecaster's: open it with EdgeForecastLearner")
            self._session = LearningSession(self._content, about)
        except OSError:
            raise
        except Exception as error:  # onnxruntime's errors have nothing else in common.
            raise ValueError(f"{path} is damaged, or not a file that learns: {error}") from error
        self._features = about.index()
        # A sample is read with its channels last.
        self._x = np.moveaxis(self._session.x[0], 0, -1)
        self._task = about.task
        self._fan_out = about.outputs
        self.input_shape = about.input_shape

    @property
    def task(self) -> str:
        return self._task.name

    @property
    def features_(self) -> list[Any]:
        return list(self._features.names)

    @property
    def outputs_(self) -> list[Any]:
        return self._task.names

    @property
    def classes_(self) -> list[Label]:
        return self._task.names if isinstance(self._task, Classification) else []

    def learn_one(self, x: Mapping[Any, Any], y: Any = None, w: float = 1.0) -> None:
        """One step of gradient descent on one sample.

        Parameters
        ----------
        x
            A dictionary of features, every value a finite number; or of one array.
        y
            The label, or the target; a dict where the model learns several. An anomaly detector has none.
        w
            How many samples this one stands for, 0 or more; more than 100 count as 100. One step goes about as far as
            they all would, and no further than to the target. Statistics count the sample once.

        """
        target, new = self._task.read(y, self._fan_out)
        weight = checked_weight(w)
        self._read(x)
        self._session.y[0] = target
        self._session.weight[0] = weight
        self._session.learn()
        self._task.add(new)

    def predict_one(self, x: Mapping[Any, Any]) -> Any:
        """What the model would predict: a label, in the type it had in the stream, None before the first; a value; or a
        dict of either.

        Parameters
        ----------
        x
            A dictionary of features, every value a finite number; or of one array.

        """
        return self._task.predict_one(self._predicted(x))

    def predict_proba_one(self, x: Mapping[Any, Any]) -> dict[Any, Any]:
        """Probability of each class met so far, empty before the first; or of each label that it does not apply and
        that it does.

        Parameters
        ----------
        x
            A dictionary of features, every value a finite number; or of one array.

        Raises
        ------
        NotImplementedError
            For anything but a classification, of one label or of several.

        """
        return self._task.predict_proba_one(self._predicted(x))

    def score_one(self, x: Mapping[Any, Any]) -> float:
        """How sure it is that the sample is none like those so far, from 0 to 1.

        Parameters
        ----------
        x
            A dictionary of features, every value a finite number; or of one array.

        Raises
        ------
        NotImplementedError
            For anything but an anomaly detector.

        """
        return self._task.score_one(self._predicted(x))

    def save(self, path: str | Path) -> None:
        """Write what has been learned into a complete file of the same form, from which learning goes on bit for bit.

        Parameters
        ----------
        path
            Where to, replaced in one step; the file that was read, if one likes.

        Raises
        ------
        OSError
            Where the file cannot be written. The old one, if there is one, stays as it was.

        """
        content = wire.with_arrays(seal.unsealed(self._content), self._session.state)
        files.replace(path, seal.sealed(wire.with_metadata(content, self._task.key, json.dumps(self._task.to_json()))))

    def _read(self, x: Mapping[Any, Any]) -> None:
        values, present, _ = self._features.read(x)
        self._x[...] = (values if present is None else np.where(present, values, np.nan)).reshape(self._x.shape)

    def _predicted(self, x: Mapping[Any, Any]) -> Array:
        self._read(x)
        self._session.predict()
        return self._session.prediction.reshape(-1)
