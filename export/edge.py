"""What runs on the device: NumPy and onnxruntime, nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

try:
    import onnxruntime as ort  # type: ignore[import-untyped]
except ModuleNotFoundError as error:
    raise ImportError("EdgeModel needs onnxruntime: pip install 'streamnorm[edge]'") from error

from streamnorm.features import FeatureIndex
from streamnorm.labels import Label
from streamnorm.typing import Array

from .metadata import Metadata


class EdgeModel:
    """Predicts with a file of `streamnorm.export.to_onnx`, one dict at a time, as the model itself would.

    Features that the file does not know are ignored, a known feature that is absent counts as its mean. An object
    serves one thread: its input and output memory is bound to the session once, and used again for every sample.

    Parameters
    ----------
    path
        The file.

    Attributes
    ----------
    task
        `"classification"` or `"regression"`.
    features_
        The features in the order of the file's input.
    classes_
        The labels in the order of the file's probabilities; empty for regression.

    Raises
    ------
    FileNotFoundError
        Where there is no such file.
    ValueError
        For a file that is damaged or was not written by `to_onnx`, or a value in a sample that is not finite.
    TypeError
        For a value in a sample that is not a number.

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
        content = Path(path).read_bytes()
        try:
            self._session = _session(content)
            metadata = Metadata.from_props(self._session.get_modelmeta().custom_metadata_map)
            self.task = metadata.task
            self._features = metadata.features
            self._classes = metadata.classes
            self._x = np.zeros((1, len(self._features)), np.float32)
            self._output = np.zeros(len(self._classes) or 1, np.float32)
            if self._classes:
                self._binding = self._bound("probabilities", self._output[np.newaxis])
            else:
                self._binding = self._bound("value", self._output)
            self._session.run_with_iobinding(self._binding)  # Shapes that do not fit show here, not later.
        except Exception as error:  # onnxruntime's errors have nothing else in common.
            raise ValueError(f"{path} is damaged, or not a file of streamnorm.export.to_onnx: {error}") from error
        self._index = FeatureIndex(self._features)
        self._absent = np.array(metadata.absent)

    @property
    def features_(self) -> list[Any]:
        return list(self._features)

    @property
    def classes_(self) -> list[Label]:
        return list(self._classes)

    def predict_one(self, x: Mapping[Any, Any]) -> Label | float:
        """The label, in the type it had in the stream, or the value.

        Parameters
        ----------
        x
            A dictionary of features, every value a finite number.

        """
        output = self._run(x)
        return self._classes[int(output.argmax())] if self._classes else float(output[0])

    def predict_proba_one(self, x: Mapping[Any, Any]) -> dict[Label, float]:
        """Probability of each class.

        Parameters
        ----------
        x
            A dictionary of features, every value a finite number.

        Raises
        ------
        NotImplementedError
            For a regression.

        """
        if not self._classes:
            raise NotImplementedError("a regression has no probabilities: use predict_one")
        p = self._run(x).astype(np.float64)
        return dict(zip(self._classes, (p / p.sum()).tolist(), strict=True))

    def _run(self, x: Mapping[Any, Any]) -> Array:
        values, present, _ = self._index.read(x)
        if present is not None:
            values = np.where(present, values, self._absent)
        self._x[0] = values
        self._session.run_with_iobinding(self._binding)
        return self._output

    def _bound(self, name: str, output: Array) -> Any:
        binding = self._session.io_binding()
        binding.bind_ortvalue_input("x", ort.OrtValue.ortvalue_from_numpy(self._x))
        binding.bind_ortvalue_output(name, ort.OrtValue.ortvalue_from_numpy(output))
        return binding


def _session(content: bytes) -> Any:
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1  # Handing such small layers to other threads takes longer than computing them.
    options.inter_op_num_threads = 1
    options.log_severity_level = 4  # A damaged file is reported once, by the error.
    return ort.InferenceSession(content, options, providers=["CPUExecutionProvider"])
