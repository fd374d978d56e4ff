"""Which models become a file that learns, and which files are one."""

import enum
import json

import numpy as np
import onnx
import pytest
from devices import device_of, trained
from mutants import sealed_proto
from river import compose, preprocessing

import streamnorm
from streamnorm import NormPropClassifier
from streamnorm.export import EdgeLearner, EdgeModel, to_onnx


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.onnx"


def test_names_that_are_members_of_an_enum(path):
    class Name(str, enum.Enum):  # noqa: UP042 - a StrEnum's str() is its value
        A = "a"

    model = NormPropClassifier((4,), seed=1)
    for value in range(50):
        model.learn_one({Name.A: value % 7}, value % 7 > 3)
    device = device_of(model, path)
    assert device.features_ == ["a"]
    assert device.predict_proba_one({Name.A: 6.0}) == pytest.approx(model.predict_proba_one({Name.A: 6.0}), abs=1e-5)


def test_a_subclass_could_not_come_home():
    class Own(NormPropClassifier):
        pass

    model = Own((4,), seed=1)
    model.learn_one({"a": 1.0}, True)
    with pytest.raises(TypeError, match="a Own could not come home again"):
        to_onnx(model, learn=True)


def test_numbers_that_are_not_finite_stay_at_home():
    model = trained("phishing")
    model._learner.mixture.networks[0].parameters[0]["W"].value[0, 0] = np.nan
    with pytest.raises(ValueError, match="not finite, from which nothing can be learned"):
        to_onnx(model, learn=True)


def test_a_state_that_has_met_classes_without_a_label(path):
    proto = to_onnx(trained("phishing"), learn=True, spare_classes=1)
    for default in proto.graph.initializer:
        if default.name == "state.classes":
            default.CopyFrom(onnx.numpy_helper.from_array(np.array([3]), default.name))
    path.write_bytes(sealed_proto(proto))
    for open_it in (EdgeLearner, streamnorm.load_edge):
        with pytest.raises(ValueError, match="its state has met other classes than its metadata names"):
            open_it(path)


def test_a_file_that_only_predicts(path):
    model = trained("phishing")
    to_onnx(model, path)
    for open_it in (EdgeLearner, streamnorm.load_edge):
        with pytest.raises(ValueError, match=r"it only predicts: .*learn=True"):
            open_it(path)
    to_onnx(model, path, learn=True)
    with pytest.raises(ValueError, match=r"model\.onnx .*: open it with EdgeLearner"):
        EdgeModel(path)


def test_a_file_that_is_none(path):
    for open_it in (EdgeLearner, streamnorm.load_edge):
        with pytest.raises(FileNotFoundError):
            open_it(path)
    proto = onnx.helper.make_model(onnx.helper.make_graph([], "g", [], []))
    for content in (b"", b"not a model", proto.SerializeToString(), sealed_proto(proto)):
        path.write_bytes(content)
        for open_it in (EdgeLearner, streamnorm.load_edge):
            with pytest.raises(ValueError, match=r"model\.onnx is damaged, or not a file that learns"):
                open_it(path)


def test_a_damaged_file(path):
    to_onnx(trained("phishing"), path, learn=True)
    content = path.read_bytes()
    for end in np.linspace(0, len(content) - 1, 60).astype(int):
        path.write_bytes(content[:end])
        for open_it in (EdgeLearner, streamnorm.load_edge):
            with pytest.raises(ValueError, match=r"model\.onnx is damaged, or not a file that learns"):
                open_it(path)


@pytest.mark.parametrize(
    "props",
    [
        {"state": '["theta"]'},
        {"state": '"theta"'},
        {"state": '["theta", "v", "steps", "low", "count", "mean", "variance", "weights", "smoothed", "samples"]'},
        {"classes": '[true, true, false, "a"]'},
        {"classes": "{}"},
        {"features": '["a"]'},
        {"learning": "[]"},
        {"learning": '{"estimator": "NormPropClassifier"}'},
        {"task": "regression"},
        {"learning": "["},
    ],
    ids=str,
)
def test_damaged_metadata(props, path):
    proto = to_onnx(trained("phishing"), learn=True)
    found = {entry.key: entry.value for entry in proto.metadata_props}
    onnx.helper.set_model_props(proto, found | props)
    path.write_bytes(sealed_proto(proto))
    with pytest.raises(ValueError, match=r"model\.onnx is damaged, or not a file that learns"):
        EdgeLearner(path)


@pytest.mark.parametrize(
    ("name", "value"), [("estimator", "os"), ("outputs", 10**9), ("outputs", 3), ("seed", -1), ("parameters", {})]
)
def test_what_does_not_come_home(name, value, path):
    proto = to_onnx(trained("phishing"), learn=True)
    props = {entry.key: entry.value for entry in proto.metadata_props}
    props["learning"] = json.dumps(json.loads(props["learning"]) | {name: value})
    onnx.helper.set_model_props(proto, props)
    path.write_bytes(sealed_proto(proto))
    with pytest.raises(ValueError, match=r"model\.onnx is damaged, or not a file that learns"):
        streamnorm.load_edge(path)


def test_what_cannot_be_written(path):
    model = trained("phishing")
    pipeline = compose.Pipeline(preprocessing.MinMaxScaler(), model)
    with pytest.raises(TypeError, match=r"learn from the stream as well.*export the model itself"):
        to_onnx(pipeline, path, learn=True)
    with pytest.raises(ValueError, match="spare_classes is a number of classes, with learn=True, not 2"):
        to_onnx(model, path, spare_classes=2)
    for spare in (-1, 1.0, True, "2"):
        with pytest.raises(ValueError, match="spare_classes is a number of classes"):
            to_onnx(model, path, learn=True, spare_classes=spare)
    with pytest.raises(ValueError, match=r"spare_classes=1 .* a NormPropRegressor has none"):
        to_onnx(trained("trump"), path, learn=True, spare_classes=1)
    with pytest.raises(ValueError, match="is not quantized"):
        to_onnx(model, path, learn=True, quantize="int8")
    with pytest.raises(ValueError, match="learn is True or False, not 1"):
        to_onnx(model, path, learn=1)
    with pytest.raises(ValueError, match="call learn_one before exporting"):
        to_onnx(NormPropClassifier(), path, learn=True, spare_classes=2)
    assert not path.exists()
