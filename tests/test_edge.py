"""The edge model: dicts in, labels out, on a device that has NumPy and onnxruntime only."""

import math
import re
import subprocess
import sys

import onnx
import pytest
from mutants import sealed_proto
from river import compose, datasets, preprocessing

from streamnorm import NormPropClassifier, NormPropRegressor
from streamnorm.export import EdgeModel, to_onnx

XY = [({"a": math.sin(i), "b": 100.0 + math.cos(3 * i)}, math.sin(i) > 0) for i in range(200)]


def exported(path, labels=(False, True), rename=lambda name: name, **arguments):
    """A live model and its edge model, on a small stream with the given labels and feature names."""
    model = NormPropClassifier(**{"hidden": (8,), "seed": 1, **arguments})
    for x, y in XY:
        model.learn_one({rename(name): value for name, value in x.items()}, labels[y])
    to_onnx(model, path)
    return model, EdgeModel(path)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.onnx"


@pytest.fixture
def regressor(path):
    model = NormPropRegressor((8,), seed=1)
    for x, _ in XY:
        model.learn_one(x, 3.0 * x["a"])
    to_onnx(model, path)
    return model, EdgeModel(path)


@pytest.fixture
def mixed(path):
    """A pipeline with texts and numbers, some of them named by numbers, and its edge model."""
    encode = (compose.SelectType(str) | preprocessing.OneHotEncoder()) + compose.SelectType(float)
    pipeline = (encode + (compose.SelectType(float) | compose.Prefixer("p_"))) | NormPropClassifier((8,), seed=1)
    for i, (x, y) in enumerate(XY):
        pipeline.learn_one({**x, 7: math.cos(i), "c": "uvw"[i % 3]}, "yes" if y else "no")
    to_onnx(pipeline, path)
    return pipeline, EdgeModel(path)


def assert_same(edge, model, x):
    # 1e-5 is what the file promises, see test_export_parity.
    assert edge.predict_proba_one(x) == pytest.approx(model.predict_proba_one(x), rel=0, abs=1e-5)
    assert edge.predict_one(x) == model.predict_one(x)


@pytest.mark.parametrize("labels", [(False, True), (-1, 10), ("héron", "0")])
def test_labels_keep_their_type(labels, path):
    model, edge = exported(path, labels)
    assert edge.classes_ == model.classes_
    assert {type(label) for label in edge.classes_} == {type(labels[0])}
    for x, _ in XY:
        assert type(edge.predict_one(x)) is type(labels[0])
        assert list(edge.predict_proba_one(x)) == model.classes_


def test_probabilities_sum_to_one(path):
    model = NormPropClassifier(seed=1)
    for x, y in datasets.ImageSegments().take(500):
        model.learn_one(x, y)
    to_onnx(model, path)
    edge = EdgeModel(str(path))
    for x, _ in datasets.ImageSegments().take(500):
        p = edge.predict_proba_one(x)
        assert all(type(value) is float for value in p.values())
        assert abs(sum(p.values()) - 1.0) < 1e-9  # River's own bound.


@pytest.mark.parametrize("standardize", [True, False])
def test_absent_and_unknown_features(standardize, path):
    model, edge = exported(path, standardize=standardize)
    for x in ({}, {"a": 0.5}, {"b": 100.5}, {"b": 100.5, "new": 7}, {"a": 1, "b": 99, "new": -1}, {"new": 0}):
        assert_same(edge, model, x)
    assert edge.predict_proba_one({"a": 0.9}) != edge.predict_proba_one({"a": -0.9})


@pytest.mark.parametrize("standardize", [True, False])
@pytest.mark.parametrize("value", [1e38, -1e300, 4e38, 10**40])
def test_values_beyond_float32_are_cut_as_in_the_model(value, standardize, path):
    model, edge = exported(path, standardize=standardize)
    assert_same(edge, model, {"a": value, "b": 100.0})
    assert_same(edge, model, {"b": value})


@pytest.mark.parametrize("value", [math.nan, math.inf, None, "text", 1j, [1.0]])
def test_a_value_that_is_not_a_finite_number(value, path):
    model, edge = exported(path)
    before = edge.predict_proba_one({"a": 0.5, "b": 100.0})
    with pytest.raises((TypeError, ValueError)) as live:
        model.predict_one({"a": 0.5, "b": value})
    with pytest.raises(type(live.value), match="feature 'b' is ") as error:
        edge.predict_one({"a": 0.5, "b": value})
    assert str(error.value) == str(live.value)
    assert edge.predict_proba_one({"a": 0.5, "b": 100.0}) == before


@pytest.mark.parametrize("kind", [lambda n: (n, 1, ("x", True)), ord, lambda n: ord(n) / 10, lambda n: n == "a", str])
def test_feature_names_keep_their_type(kind, path):
    model, edge = exported(path, rename=kind)
    assert edge.features_ == model.features_
    assert [type(name) for name in edge.features_] == [type(name) for name in model.features_]
    for x, _ in XY[:20]:
        assert_same(edge, model, {kind(name): value for name, value in x.items()})


def test_regression(regressor):
    model, edge = regressor
    for x in [x for x, _ in XY] + [{}, {"a": 0.5}]:
        assert type(edge.predict_one(x)) is float
        assert edge.predict_one(x) == pytest.approx(model.predict_one(x), rel=0, abs=1e-5)
    assert (edge.task, edge.classes_) == ("regression", [])
    with pytest.raises(NotImplementedError, match="no probabilities"):
        edge.predict_proba_one({})


def test_a_pipelines_samples_as_they_are(mixed):
    pipeline, edge = mixed
    assert {*edge.features_} == {"a", "b", "7", "c"}
    assert edge.texts_ == ["c"]
    for i, (x, _) in enumerate(XY):
        assert_same(edge, pipeline, {**x, 7: math.cos(i), "c": "uvw?"[i % 4]})


def test_what_a_pipelines_sample_lacks_is_absent(mixed):
    pipeline, edge = mixed
    assert_same(edge, pipeline, {})
    assert_same(edge, pipeline, {"a": 0.5, "new": "text", "other": 7.0})
    assert_same(edge, pipeline, {"c": "u", 7: -0.5})
    assert edge.predict_proba_one({"a": None, "c": None, "b": 100.5}) == edge.predict_proba_one({"b": 100.5})
    assert edge.predict_proba_one({"c": "u"}) != edge.predict_proba_one({})


@pytest.mark.parametrize("value", [1e38, -1e300, 10**40, True, 3])
def test_any_number_in_a_pipelines_sample(value, mixed):
    pipeline, edge = mixed
    x = {"a": float(value), "b": 100.0, 7: 0.0, "c": "v"}
    assert_same(edge, pipeline, x)
    assert edge.predict_proba_one({**x, "a": value}) == edge.predict_proba_one(x)


@pytest.mark.parametrize(
    ("x", "error", "said"),
    [
        ({"a": "text"}, TypeError, "feature 'a' is the text 'text', not a number"),
        ({"c": ["u"]}, TypeError, "feature 'c' is ['u'], not a text"),
        ({"b": math.nan}, ValueError, "feature 'b' is nan, not a finite number"),
        ({7: math.inf}, ValueError, "feature '7' is inf, not a finite number"),
        ({"a": 1j}, TypeError, "feature 'a' is 1j (complex), not a number"),
        ([1.0], TypeError, "a sample is a dict of features, not [1.0]"),
    ],
)
def test_a_value_of_the_wrong_kind_in_a_pipelines_sample(x, error, said, mixed):
    _, edge = mixed
    before = edge.predict_proba_one({"a": 0.5})
    with pytest.raises(error, match=re.escape(said)):
        edge.predict_one(x)
    assert edge.predict_proba_one({"a": 0.5}) == before


def test_attributes(path):
    model, edge = exported(path)
    assert (edge.task, edge.features_, edge.classes_) == ("classification", ["a", "b"], model.classes_)


def test_it_ends_a_pipeline_of_rivers(path):
    model, edge = exported(path)
    pipeline = compose.Pipeline(preprocessing.Binarizer(), edge)
    assert pipeline.predict_one({"a": 0.5, "b": 100.0}) == model.predict_one({"a": True, "b": True})


def test_nobody_changes_the_labels_from_outside(path):
    model, edge = exported(path)
    edge.classes_.reverse()
    edge.features_.clear()
    assert_same(edge, model, {"a": 0.5, "b": 100.0})


def test_two_models_share_nothing(tmp_path):
    x = {"a": 0.5, "b": 100.0}
    _, one = exported(tmp_path / "1.onnx")
    before = one.predict_proba_one(x)
    model, two = exported(tmp_path / "2.onnx", seed=2)
    assert_same(two, model, x)
    assert one.predict_proba_one(x) == before != two.predict_proba_one(x)


def test_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"nothing\.onnx"):
        EdgeModel(tmp_path / "nothing.onnx")


@pytest.mark.parametrize("keep", [0, 10, -100])
def test_damaged_file(keep, path):
    exported(path)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(ValueError, match=r"model\.onnx is damaged"):
        EdgeModel(path)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("streamnorm_version", None),
        ("features", None),
        ("features", '["a"]'),
        ("features", '["a", "a"]'),
        ("features", "["),
        ("absent", "[0.0]"),
        ("absent", "[NaN, 0.0]"),
        ("classes", "[true]"),
        ("classes", "[[1], [2]]"),
        ("classes", "[1, 1]"),
        ("task", "regression"),
    ],
)
def test_foreign_or_changed_metadata(key, value, path):
    exported(path)
    proto = onnx.load(path)
    props = {entry.key: entry.value for entry in proto.metadata_props} | {key: value}
    onnx.helper.set_model_props(proto, {k: v for k, v in props.items() if v is not None})
    path.write_bytes(sealed_proto(proto))
    with pytest.raises(ValueError, match=r"model\.onnx is damaged, or not a file of streamnorm\.export\.to_onnx"):
        EdgeModel(path)


@pytest.mark.parametrize(
    ("key", "value"),
    [("absent", '[null, null, "", 0.0]'), ("absent", '["", null, null, null]'), ("features", '["a", "b", "c", "d"]')],
)
def test_changed_metadata_of_a_pipeline(key, value, mixed, path):
    proto = onnx.load(path)
    onnx.helper.set_model_props(proto, {entry.key: entry.value for entry in proto.metadata_props} | {key: value})
    path.write_bytes(sealed_proto(proto))
    with pytest.raises(ValueError, match=r"model\.onnx is damaged, or not a file of streamnorm\.export\.to_onnx"):
        EdgeModel(path)


def loaded_modules(code):
    result = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules)"], capture_output=True, text=True, check=True
    )
    return {name.partition(".")[0] for name in result.stdout.split()}


def test_what_the_device_needs(path):
    exported(path)
    loaded = loaded_modules(
        f"from streamnorm.export import EdgeModel; EdgeModel({str(path)!r}).predict_proba_one({{'a': 1.0, 'b': 2.0}})"
    )
    assert {"numpy", "onnxruntime"} <= loaded
    assert not {"onnx", "torch", "river", "scipy", "pandas"} & loaded


def test_what_the_device_needs_for_a_pipeline(mixed, path):
    loaded = loaded_modules(
        f"from streamnorm.export import EdgeModel; EdgeModel({str(path)!r}).predict_proba_one({{'a': 1.0, 'c': 'u'}})"
    )
    assert {"numpy", "onnxruntime"} <= loaded
    assert not {"onnx", "torch", "river", "scipy", "pandas"} & loaded


def test_importing_the_package_loads_nothing():
    assert not {"onnx", "onnxruntime", "torch", "river", "numpy"} & loaded_modules("import streamnorm.export")
