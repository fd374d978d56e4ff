"""What runs on the device: NumPy and onnxruntime, nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from streamnorm.labels import Label
from streamnorm.typing import Array

from . import seal
from .edge_columns import Columns
from .edge_row import Row
from .edge_window import Window
from .metadata import Metadata
from .session import open_session
from .tasks import Classification


class EdgeModel:
    """Predicts with a file of `streamnorm.export.to_onnx`, one dict at a time, as the model itself would.

    Features that the file does not know are ignored. A known feature that is absent counts as its mean, and so do None
    and NaN where the model has `missing="mean"`; an anomaly detector leaves it out of the score. In the file of a
    pipeline an absent one goes through the steps as absent, and so does None. There texts are texts, and features are
    known by the text of their name. Of a model with an `input_shape`, also behind a `SlidingWindow`, a sample is a dict
    with one array of that shape, under any name. An object serves one thread: its memory is used again for each sample.

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
        The features in the order of the file's input, or of its inputs; where a sample is an array, its channels.
    input_shape
        Of the array that a sample is, None where it is a dict of features.
    texts_
        Those of them that are texts; all others are numbers.
    outputs_
        The names of what is predicted, in the order of the file: classes, labels or targets; empty where nothing
        has a name.
    classes_
        The same of a classification; empty for any other task.

    Raises
    ------
    FileNotFoundError
        Where there is no such file.
    ValueError
        For a file that was changed or damaged since its export, or not written by `to_onnx`; for a value in a sample
        that is not finite, and for an array of another shape.
    TypeError
        For a value in a sample that is not a number; where a text is due, for what is neither text nor number; where an
        array is due, for what is none.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from river import datasets
    >>> from streamnorm import NormPropClassifier
    >>> from streamnorm.export import EdgeModel, to_onnx
    >>> model = NormPropClassifier(seed=42)
    >>> for x, y in datasets.Phishing():
    ...     model.learn_one(x, y)
    >>> with tempfile.TemporaryDirectory() as directory:
    ...     path = pathlib.Path(directory, "phishing.onnx")
    ...     proto = to_onnx(model, path)
    ...     edge = EdgeModel(path)
    >>> sum(edge.predict_one(x) is model.predict_one(x) for x, y in datasets.Phishing())
    1250

    """

    _supervised = True  # River asks the last step of a pipeline.

    def __init__(self, path: str | Path) -> None:
        try:
            session = open_session(seal.read(path))
            metadata = Metadata.from_props(session.get_modelmeta().custom_metadata_map)
            self._task = metadata.task
            self._features = metadata.features
            self.input_shape = metadata.input_shape
            self._texts = metadata.texts
            kind = Window if metadata.input_shape else Columns if metadata.by_name else Row
            self._source = kind(session, metadata)
            self._run = self._source.run
            self._check(self._run({}))  # Shapes that do not fit show here, not later.
        except OSError:
            raise
        except Exception as error:  # onnxruntime's errors have nothing else in common.
            raise ValueError(f"{path} is damaged, or not a file of streamnorm.export.to_onnx: {error}") from error

    @property
    def task(self) -> str:
        return self._task.name

    @property
    def features_(self) -> list[Any]:
        return list(self._features)

    @property
    def texts_(self) -> list[str]:
        return list(self._texts)

    @property
    def outputs_(self) -> list[Any]:
        return self._task.names

    @property
    def classes_(self) -> list[Label]:
        return self._task.names if isinstance(self._task, Classification) else []

    def predict_one(self, x: Mapping[Any, Any]) -> Any:
        """What the model would predict: a label, in the type it had in the stream; a value; or a dict of either.

        Parameters
        ----------
        x
            A dictionary of features, every value a finite number, or a text where the file has one.

        """
        return self._task.predict_one(self._run(x))

    def predict_many(self, X: Array) -> list[Any]:
        """What `predict_one` says of each sample, in one run.

        Parameters
        ----------
        X
            An array [samples, *input_shape], every value a finite number, or NaN for an absent one where the model has
            `missing="mean"`.

        Raises
        ------
        NotImplementedError
            Where samples are dicts of features.

        """
        if not isinstance(self._source, Window):
            raise NotImplementedError("samples of this file are dicts of features: use predict_one")
        return [self._task.predict_one(prediction) for prediction in self._source.run_many(X)]

    def predict_proba_one(self, x: Mapping[Any, Any]) -> dict[Any, Any]:
        """Probability of each class, or of each label that it does not apply and that it does.

        Parameters
        ----------
        x
            A dictionary of features, every value a finite number, or a text where the file has one.

        Raises
        ------
        NotImplementedError
            For anything but a classification, of one label or of several.

        """
        return self._task.predict_proba_one(self._run(x))

    def score_one(self, x: Mapping[Any, Any]) -> float:
        """How sure it is that the sample is none like those so far, from 0 to 1.

        Parameters
        ----------
        x
            A dictionary of features, every value a finite number.

        Raises
        ------
        NotImplementedError
            For anything but an anomaly detector.

        """
        return self._task.score_one(self._run(x))

    def _check(self, output: Array) -> None:
        if output.shape != (self._task.fan_out,):
            raise ValueError(f"its output has {output.size} values where {self._task.fan_out} were named")
