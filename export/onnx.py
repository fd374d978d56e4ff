"""A trained model as one ONNX file."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NoReturn

try:
    import onnx
except ModuleNotFoundError as error:
    raise ImportError("to_onnx needs the onnx package: pip install 'streamnorm[onnx]'") from error
from onnx import TensorProto, helper

from streamnorm import __version__, files
from streamnorm.arguments import require_one_of
from streamnorm.classifier import NormPropClassifier
from streamnorm.regressor import NormPropRegressor

from .graph import Graph
from .metadata import Metadata
from .prediction import Affine, absent_values, add_prediction, affine

# The oldest that current tools still take without conversion: onnxruntime reads both from 1.6 (December 2020) on.
OPSET = 13
IR_VERSION = 7


def to_onnx(model: Any, path: str | Path | None = None, which: str = "mixture") -> onnx.ModelProto:
    """A trained model as an ONNX model that predicts the same, in plain operators.

    The normalisation is folded into the weights: what is left is the standardiser, `Gemm` and activation for each
    layer, and for a classifier `Softmax`, `ArgMax` and the lookup of the label. The file is float32, whatever the
    model is. Its input `x` is [batch, features], every value finite; the columns are `model.features_`. A classifier
    gives `label` [batch], a string or an int64 (a bool label is 0 or 1), and `probabilities` [batch, classes]; a
    regressor gives `value` [batch]. The order of features and classes is in `metadata_props`, as JSON.

    Parameters
    ----------
    model
        A `NormPropClassifier` or `NormPropRegressor` that has learned from a sample.
    path
        Where to write it as well; the file is replaced in one step.
    which
        With several learning rates: `"mixture"` is what the model predicts; `"best"` is the replica that counts most,
        alone, for a fraction of the size.

    Raises
    ------
    TypeError
        For anything but a streamnorm estimator, or a feature name that a file cannot hold.
    ValueError
        For a model that has not learned anything yet, or holds a number that a float32 or an int64 cannot.

    Examples
    --------
    >>> from river import datasets
    >>> from streamnorm import NormPropClassifier
    >>> from streamnorm.export import to_onnx
    >>> model = NormPropClassifier(seed=42)
    >>> for x, y in datasets.Phishing().take(100):
    ...     model.learn_one(x, y)
    >>> [node.op_type for node in to_onnx(model, which="best").graph.node]
    ['Sub', 'Mul', 'Clip', 'Gemm', 'Relu', 'Gemm', 'Relu', 'Gemm', 'Softmax', 'ArgMax', 'Gather']

    """
    require_one_of("which", which, ("mixture", "best"))
    # isinstance would see through to the last step of a pipeline.
    if not issubclass(type(model), NormPropClassifier | NormPropRegressor):
        _refuse(model)
    if not model._learner.mixture.fan_in or not model._learner.mixture.fan_out:
        raise ValueError("the model has learned no sample with a feature yet: call learn_one before exporting it")
    proto = _model(model, which, affine)
    onnx.checker.check_model(proto, full_check=True)
    if path is not None:
        files.replace(path, proto.SerializeToString())
    return proto


def _model(model: NormPropClassifier | NormPropRegressor, which: str, affine: Affine) -> onnx.ModelProto:
    """A model alone: one input of all its features."""
    graph = Graph()
    outputs = add_prediction(graph, "x", model, which, affine)
    n = model._learner.mixture.fan_in
    classes = model._labels.labels if isinstance(model, NormPropClassifier) else []
    task = "classification" if classes else "regression"
    metadata = Metadata(task, model.features_, absent_values(model._learner.standardizer, n), classes)
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", n])
    proto = helper.make_model(
        helper.make_graph(graph.nodes, "streamnorm", [x], outputs, graph.constants),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="streamnorm",
        producer_version=__version__,
    )
    helper.set_model_props(proto, metadata.to_props())
    return proto


def _refuse(model: Any) -> NoReturn:
    from river import compose

    if isinstance(model, compose.Pipeline):
        *steps, last = model.steps
        raise TypeError(
            f"only the model itself can be exported yet, not the pipeline around it ({', '.join(map(str, steps))}): "
            f"export pipeline[{last!r}], and run the other steps in front of the file"
        )
    raise TypeError(f"to_onnx takes a NormPropClassifier or a NormPropRegressor, not a {type(model).__name__}")
