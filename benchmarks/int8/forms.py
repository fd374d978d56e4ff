"""A model's file in float32 and quantized, by `to_onnx` and by onnxruntime's own tools."""

from __future__ import annotations

import copy
import tempfile
from pathlib import Path

import numpy as np
import onnx
from onnxruntime.quantization import CalibrationDataReader, QuantType, quantize_dynamic, quantize_static

from streamnorm import NormPropClassifier
from streamnorm.export import to_onnx
from streamnorm.typing import Array

FLOAT32, INT8, CLOSED, DYNAMIC = "float32", "`int8`", "`int8`, closed form alone", "`dynamic`"
# As its documentation has it, and without the standardiser, whose inputs have no range to share.
STATIC, LAYERS, THEIR_DYNAMIC = "onnxruntime static", "onnxruntime static, layers alone", "onnxruntime dynamic"
QUANTIZED = (INT8, CLOSED, DYNAMIC, STATIC, LAYERS, THEIR_DYNAMIC)
# Rows from which onnxruntime takes its static ranges.
CALIBRATION = 500


class Samples(CalibrationDataReader):
    def __init__(self, X: Array) -> None:
        self.rows = iter(X[:CALIBRATION].astype(np.float32))

    def get_next(self) -> dict[str, Array] | None:
        row = next(self.rows, None)
        return None if row is None else {"x": row[np.newaxis]}


def forms(model: NormPropClassifier, X: Array) -> dict[str, onnx.ModelProto]:
    """The files by their names; `X` are rows that the model has learned."""
    return {
        FLOAT32: to_onnx(model),
        INT8: to_onnx(model, quantize="int8"),
        CLOSED: to_onnx(unseen(model), quantize="int8"),
        DYNAMIC: to_onnx(model, quantize="dynamic"),
        **theirs(model, X),
    }


def unseen(model: NormPropClassifier) -> NormPropClassifier:
    """The model without the reach that its units have shown."""
    other = copy.deepcopy(model)
    for network in other._learner.mixture.networks:
        for reach in network.reach:
            reach[:] = 0.0
    return other


def theirs(model: NormPropClassifier, X: Array) -> dict[str, onnx.ModelProto]:
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "source.onnx"), Path(folder, "target.onnx")
        to_onnx(model, source)
        per_channel = {"per_channel": True, "weight_type": QuantType.QInt8}
        found = {}
        for name, chosen in ((STATIC, None), (LAYERS, ["Gemm", "Relu"])):
            quantize_static(source, target, Samples(X), op_types_to_quantize=chosen, **per_channel)
            found[name] = onnx.load(target)
        quantize_dynamic(source, target, **per_channel)
        return {**found, THEIR_DYNAMIC: onnx.load(target)}
