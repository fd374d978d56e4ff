"""What runs on the device: NumPy and onnxruntime, nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from streamnorm.labels import Label
from streamnorm.typing import Array

from . import seal
from .edge_columns import Columns
from .edge_row import Row
from .metadata import Metadata
from .session import open_session


class EdgeModel:
    """Predicts with a file of `streamnorm.export.to_onnx`, one dict at a time, as the model itself would.

    Features that the file does not know are ignored. A known feature that is absent counts as its mean, and so do None
    and NaN where the model has `missing="mean"`; in the file of a pipeline an absent one goes through the steps as
    absent, and so does None. There texts are texts, and features are known by
    the text of their name. An object serves one thread: its memory is used again for every sample.

    Parameters
    ----------
    path
        The file.

    Attributes
    ----------
    task
        `"classification"` or `"regression"`.
    features_
        The features in the order of the file's input, or of its inputs.
    texts_
        Those of them that are texts; all others are numbers.
    classes_
        The labels in the order of the file's probabilities; empty for regression.

    Raises
    ------
    FileNotFoundError
        Where there is no such file.
    ValueError
        For a file that was changed or damaged since its export, or not written by `to_onnx`; for a value in a sample that is not finite.
    TypeError
        For a value in a sample that is not a number; where a text is due, for what is neither text nor number.

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
            self.task = metadata.task
            self._features = metadata.features
            self._texts = [
                name for name, absent in zip(metadata.features, metadata.absent, strict=True) if absent == ""
            ]
            self._classes = metadata.classes
            source = Columns if metadata.by_name else Row
            self._run = source(session, metadata, "probabilities" if self._classes else "value").run
            self._check(self._run({}))  # Shapes that do not fit show here, not later.
        except OSError:
            raise
        except Exception as error:  # onnxruntime's errors have nothing else in common.
            raise ValueError(f"{path} is damaged, or not a file of streamnorm.export.to_onnx: {error}") from error

    @property
    def features_(self) -> list[Any]:
        return list(self._features)

    @property
    def texts_(self) -> list[str]:
        return list(self._texts)

    @property
    def classes_(self) -> list[Label]:
        return list(self._classes)

    def predict_one(self, x: Mapping[Any, Any]) -> Label | float:
        """The label, in the type it had in the stream, or the value.

        Parameters
        ----------
        x
            A dictionary of features, every value a finite number, or a text where the file has one.

        """
        output = self._run(x)
        return self._classes[int(output.argmax())] if self._classes else float(output[0])

    def predict_proba_one(self, x: Mapping[Any, Any]) -> dict[Label, float]:
        """Probability of each class.

        Parameters
        ----------
        x
            A dictionary of features, every value a finite number, or a text where the file has one.

        Raises
        ------
        NotImplementedError
            For a regression.

        """
        if not self._classes:
            raise NotImplementedError("a regression has no probabilities: use predict_one")
        p = self._run(x).astype(np.float64)
        return dict(zip(self._classes, (p / p.sum()).tolist(), strict=True))

    def _check(self, output: Array) -> None:
        if output.shape != (len(self._classes) or 1,):
            raise ValueError(f"its output has {output.size} values for {len(self._classes)} classes")
