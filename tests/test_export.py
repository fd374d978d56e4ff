"""What the file looks like, and what cannot become one."""

import json
import subprocess
import sys

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from river import datasets, linear_model

import streamnorm
from streamnorm import NormPropClassifier, NormPropRegressor
from streamnorm.activations import ACTIVATIONS
from streamnorm.export import to_onnx


def phishing(n=200, **arguments):
    model = NormPropClassifier(**{"seed": 1, **arguments})
    for x, y in datasets.Phishing().take(n):
        model.learn_one(x, y)
    return model


def trump(n=200, **arguments):
    model = NormPropRegressor(**{"seed": 1, **arguments})
    for x, y in datasets.TrumpApproval().take(n):
        model.learn_one(x, y)
    return model


def one_sample(name, label=True):
    model = NormPropClassifier((2,), seed=1)
    model.learn_one({name: 1.0}, label)
    return model


def operators(proto):
    return [node.op_type for node in proto.graph.node]


def shapes(values):
    return {
        value.name: (
            value.type.tensor_type.elem_type,
            [dim.dim_param or dim.dim_value for dim in value.type.tensor_type.shape.dim],
        )
        for value in values
    }


def test_no_node_of_the_normalisation_is_left():
    head = ["Gemm", "Softmax", "ArgMax", "Gather"]
    one = {"learning_rate": 0.003}
    assert operators(to_onnx(phishing(**one))) == ["Sub", "Mul", "Clip", "Gemm", "Relu", "Gemm", "Relu", *head]
    assert operators(to_onnx(phishing(hidden=(), **one))) == ["Sub", "Mul", "Clip", *head]
    assert operators(to_onnx(phishing(hidden=(), standardize=False, **one))) == ["Clip", *head]
    assert operators(to_onnx(trump(hidden=(4,), activation="identity", **one))) == [
        *("Sub", "Mul", "Clip", "Gemm", "Gemm", "Squeeze")
    ]


def test_a_mixture_is_its_replicas_side_by_side():
    layers = 3 * ["Gemm", "Relu", "Gemm"]
    mixed = 3 * ["Softmax", "Mul"] + ["Sum", "ArgMax", "Gather"]
    assert operators(to_onnx(phishing(hidden=(4,)))) == ["Sub", "Mul", "Clip", *layers, *mixed]
    assert operators(to_onnx(trump(hidden=(4,)))) == ["Sub", "Mul", "Clip", *layers, "Sum", "Squeeze"]


@pytest.mark.parametrize("trained", [phishing, trump])
def test_the_best_replica_alone(trained):
    model = trained(hidden=(8,))
    rates = model.learning_rates_
    alone = trained(hidden=(8,), learning_rate=max(rates, key=rates.get))
    best, mixture = to_onnx(model, which="best"), to_onnx(model)
    assert best.ByteSize() < 0.6 * mixture.ByteSize()
    # The replica never knew of the others.
    assert best.graph == to_onnx(alone).graph


def test_an_unknown_part_of_a_mixture():
    with pytest.raises(ValueError, match="which is one of 'mixture', 'best', not 'worst'"):
        to_onnx(phishing(), which="worst")


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_standard_operators_of_an_old_opset(activation):
    proto = to_onnx(phishing(n=50, hidden=(4,), activation=activation))
    assert [(opset.domain, opset.version) for opset in proto.opset_import] == [("", 13)]
    assert proto.ir_version == 7
    assert {node.domain for node in proto.graph.node} == {""}
    onnx.checker.check_model(proto, full_check=True)


def test_inputs_and_outputs():
    FLOAT, INT64, STRING = onnx.TensorProto.FLOAT, onnx.TensorProto.INT64, onnx.TensorProto.STRING
    proto = to_onnx(phishing())
    assert shapes(proto.graph.input) == {"x": (FLOAT, ["batch", 9])}
    assert shapes(proto.graph.output) == {"label": (INT64, ["batch"]), "probabilities": (FLOAT, ["batch", 2])}
    assert shapes(to_onnx(one_sample("a", "spam")).graph.output)["label"] == (STRING, ["batch"])
    assert shapes(to_onnx(one_sample("a", -3)).graph.output)["label"] == (INT64, ["batch"])
    assert shapes(to_onnx(trump()).graph.output) == {"value": (FLOAT, ["batch"])}


@pytest.mark.parametrize("batch", [0, 1, 3, 500])
def test_dynamic_batch(batch):
    for model, outputs in ((phishing(), [(batch,), (batch, 2)]), (trump(), [(batch,)])):
        session = ort.InferenceSession(to_onnx(model).SerializeToString())
        x = np.zeros((batch, len(model.features_)), np.float32)
        assert [output.shape for output in session.run(None, {"x": x})] == outputs


def test_metadata():
    model = phishing()
    proto = to_onnx(model)
    props = {entry.key: entry.value for entry in proto.metadata_props}
    assert json.loads(props["features"]) == model.features_
    assert json.loads(props["classes"]) == model.classes_ == [True, False]
    assert props["task"] == "classification"
    assert props["streamnorm_version"] == streamnorm.__version__
    assert (proto.producer_name, proto.producer_version) == ("streamnorm", streamnorm.__version__)
    assert {entry.key: entry.value for entry in to_onnx(trump()).metadata_props}["task"] == "regression"


@pytest.mark.parametrize("kind", [str, lambda path: path])
def test_the_file_is_the_returned_model(kind, tmp_path):
    path = tmp_path / "model.onnx"
    path.write_bytes(b"an older file")
    proto = to_onnx(phishing(), kind(path))
    assert onnx.load(path) == proto
    assert list(tmp_path.iterdir()) == [path]


def test_exporting_changes_nothing():
    model, twin = phishing(), phishing()
    to_onnx(model)
    for (x, y), _ in zip(datasets.Phishing(), range(300), strict=False):
        model.learn_one(x, y)
        twin.learn_one(x, y)
    assert model.predict_proba_one(x) == twin.predict_proba_one(x)


@pytest.mark.parametrize("model", [NormPropClassifier(), NormPropRegressor()], ids=lambda m: type(m).__name__)
def test_a_model_that_has_seen_nothing(model, tmp_path):
    with pytest.raises(ValueError, match="call learn_one before"):
        to_onnx(model, tmp_path / "model.onnx")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("model", [linear_model.LogisticRegression(), NormPropClassifier, None])
def test_what_is_no_estimator_of_ours(model):
    with pytest.raises(TypeError, match=f"not a {type(model).__name__}"):
        to_onnx(model)


def test_a_name_that_json_cannot_hold():
    with pytest.raises(TypeError, match=r"frozenset.*Rename it"):
        to_onnx(one_sample(frozenset("a")))


def test_a_label_beyond_int64():
    with pytest.raises(ValueError, match="does not fit an int64"):
        to_onnx(one_sample("a", 2**63))


def test_a_number_beyond_float32():
    model = phishing(dtype="float64")
    model._learner.mixture.networks[0].parameters[-1]["b"].value[0] = 1e39
    with pytest.raises(ValueError, match="beyond the range of a float32"):
        to_onnx(model)


def test_missing_packages_name_the_extra():
    for name, package, extra in (("to_onnx", "onnx", "onnx"), ("EdgeModel", "onnxruntime", "edge")):
        code = f"import sys; sys.modules[{package!r}] = None; from streamnorm.export import {name}"
        result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        assert result.returncode == 1
        assert result.stderr.splitlines()[-1].startswith("ImportError: ")
        assert f"pip install 'streamnorm[{extra}]'" in result.stderr
