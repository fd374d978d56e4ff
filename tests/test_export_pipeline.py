"""Pipelines as files: what goes in and comes out, what is absent, and what cannot become a file.

`transformed` reads what the steps hand to the model out of the graph, so that it can be held against numbers that were
worked out by hand or come from River's own `transform_one`. test_export_pipeline_random holds whole pipelines.
"""

import json
import math
import re
import subprocess
import sys
from numbers import Number
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from onnx.reference import ReferenceEvaluator
from pipelines import TEXTS, X, columns, trained
from river import compose, datasets, feature_extraction, preprocessing, stats

from streamnorm import NormPropClassifier, NormPropRegressor
from streamnorm.export import Converter, EdgeModel, to_onnx
from streamnorm.export.pipeline.registry import converter
from streamnorm.export.pipeline.table import EITHER, NUMBER, TEXT

FLOAT, STRING = onnx.TensorProto.FLOAT, onnx.TensorProto.STRING
# Sums and quotients of a handful of float32 numbers; their rounding is 6e-8.
CLOSE = {"rel": 1e-6, "abs": 1e-6}
DOCUMENTED = (Path(__file__).parents[1] / "docs" / "converters.md").read_text()


def transformed(pipeline, *samples):
    """What the file's steps make of samples: for each a dict of what is not absent."""
    proto = to_onnx(pipeline)
    # The model's own absent values are put in by the last Where.
    node = [node for node in proto.graph.node if node.op_type == "Where"][-1]
    proto.graph.output.append(onnx.helper.make_tensor_value_info(node.input[2], FLOAT, None))
    session = ort.InferenceSession(proto.SerializeToString(), providers=["CPUExecutionProvider"])
    (rows,) = session.run([node.input[2]], columns(session, samples))
    names = [str(name) for name in [*pipeline.steps.values()][-1].features_]
    return [{n: v for n, v in zip(names, row, strict=True) if not math.isnan(v)} for row in rows.tolist()]


def flares(n=200):
    categories = compose.SelectType(str) | preprocessing.OneHotEncoder()
    model = (categories + compose.SelectType(Number)) | NormPropClassifier((8,), seed=1)
    samples = [x for x, _ in datasets.SolarFlare().take(n)]
    for x, y in datasets.SolarFlare().take(n):
        model.learn_one(x, y["c-class-flares"] > 0)
    return model, samples


def test_each_feature_is_an_input_of_its_own():
    model, samples = flares()
    proto = to_onnx(model)
    types = {value.name: value.type.tensor_type for value in proto.graph.input}
    kinds = {name: STRING if isinstance(value, str) else FLOAT for name, value in samples[0].items()}
    assert {name: tensor.elem_type for name, tensor in types.items()} == kinds
    assert all([dim.dim_param or dim.dim_value for dim in t.shape.dim] == ["batch", 1] for t in types.values())
    assert [value.name for value in proto.graph.output] == ["label", "probabilities"]
    props = {entry.key: entry.value for entry in proto.metadata_props}
    features = json.loads(props["features"])
    assert features == [value.name for value in proto.graph.input]
    assert json.loads(props["absent"]) == ["" if kinds[name] == STRING else None for name in features]
    assert json.loads(props["classes"]) == model["NormPropClassifier"].classes_


def test_old_opsets_and_few_operators():
    proto = to_onnx(flares()[0])
    assert {opset.domain: opset.version for opset in proto.opset_import} == {"": 13, "ai.onnx.ml": 2}
    assert proto.ir_version == 7
    # One node for each text, and else one for all columns.
    steps = [node.op_type for node in proto.graph.node if not node.name.startswith("Gemm")]
    front = steps[: steps.index("IsNaN")]
    assert front == ["Concat", *3 * ["LabelEncoder"], "Concat", "Gather", "Equal", "Cast", "Concat", "Gather"]
    numbers = to_onnx(trained([preprocessing.StandardScaler()], X))
    assert [opset.domain for opset in numbers.opset_import] == [""]


@pytest.mark.parametrize("batch", [0, 1, 7])
def test_every_runtime_and_batch_says_the_same(batch):
    model, samples = flares()
    proto = to_onnx(model)
    session = ort.InferenceSession(proto.SerializeToString())
    feed = {name: column[:batch] for name, column in columns(session, samples).items()}
    label, probabilities = session.run(["label", "probabilities"], feed)
    live = np.array([[*model.predict_proba_one(x).values()] for x in samples[:batch]]).reshape(batch, 2)
    np.testing.assert_allclose(probabilities, live, rtol=0, atol=1e-5)
    assert label.tolist() == [model.predict_one(x) for x in samples[:batch]]
    if batch:  # NumPy has no maximum of nothing.
        reference = ReferenceEvaluator(proto).run(["probabilities"], feed)[0]
        np.testing.assert_allclose(reference, live, rtol=0, atol=1e-5)


def test_a_pipeline_of_the_model_alone_still_has_named_inputs():
    pipeline = trained([], [{"a": 1.0, "b": 2.0}, {"a": 2.0, "b": 3.0}])
    assert [value.name for value in to_onnx(pipeline).graph.input] == ["a", "b"]
    assert [value.name for value in to_onnx(pipeline["NormPropRegressor"]).graph.input] == ["x"]


def test_the_best_replica_of_a_pipeline_alone():
    model, _ = flares()
    assert to_onnx(model, which="best").ByteSize() < to_onnx(model).ByteSize()


def test_the_file_is_the_returned_model(tmp_path):
    path = tmp_path / "model.onnx"
    proto = to_onnx(flares()[0], path)
    assert onnx.load(path) == proto


def test_exporting_changes_nothing():
    (model, samples), (twin, _) = flares(), flares()
    to_onnx(model)
    assert (
        model[0].transformers["Pipeline"]["OneHotEncoder"].values
        == twin[0].transformers["Pipeline"]["OneHotEncoder"].values
    )
    assert [*map(model.predict_proba_one, samples)] == [*map(twin.predict_proba_one, samples)]


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        # Mean 4, variance (9 + 1 + 16) / 3; b does not vary.
        (preprocessing.StandardScaler(), {"a": 1 / math.sqrt(26 / 3), "b": 0.0}),
        (preprocessing.StandardScaler(with_std=False), {"a": 1.0, "b": 3.0}),
        # Of the last two, 3 and 8: mean 5.5, sd 2.5.
        (preprocessing.StandardScaler(window_size=2), {"a": -0.2, "b": 0.0}),
        (preprocessing.MinMaxScaler(), {"a": 4 / 7, "b": 0.0}),
        (preprocessing.MinMaxScaler(window_size=2), {"a": 0.4, "b": 0.0}),
        (preprocessing.MaxAbsScaler(), {"a": 5 / 8, "b": 7 / 4}),
        # Mean 0.5, then 1.75, then 4.875 with a fading factor of 0.5; mean square 1, 5, 34.5; of b 4 and 16.
        (preprocessing.AdaptiveStandardScaler(0.5), {"a": (5 - 5) / math.sqrt(34.5 - 25), "b": 0.0}),
        (preprocessing.Binarizer(4.9), {"a": 1.0, "b": 1.0}),
        (preprocessing.Binarizer(5.0, dtype=int), {"a": 0.0, "b": 1.0}),
        (preprocessing.Normalizer(order=1), {"a": 5 / 12, "b": 7 / 12}),
        (preprocessing.Normalizer(), {"a": 5 / math.sqrt(74), "b": 7 / math.sqrt(74)}),
        (preprocessing.Normalizer(order=math.inf), {"a": 5 / 7, "b": 1.0}),
        (feature_extraction.PolynomialExtender(), {"a": 5.0, "b": 7.0, "a*a": 25.0, "a*b": 35.0, "b*b": 49.0}),
        (
            feature_extraction.PolynomialExtender(3, interaction_only=True, include_bias=True, bias_name="one"),
            {"a": 5.0, "b": 7.0, "a*b": 35.0, "one": 1.0},
        ),
        (compose.Prefixer("p_"), {"p_a": 5.0, "p_b": 7.0}),
        (compose.Suffixer("_s"), {"a_s": 5.0, "b_s": 7.0}),
        (compose.Select("b"), {"b": 7.0}),
        (compose.Discard("b"), {"a": 5.0}),
        (compose.Select("a") * compose.Select("a", "b"), {"a*a": 25.0, "a*b": 35.0}),
        # The first of two features with the same name.
        (preprocessing.MaxAbsScaler() + preprocessing.MinMaxScaler(), {"a": 5 / 8, "b": 7 / 4}),
    ],
    ids=lambda value: str(value)[:30],
)
def test_numbers_in_numbers_out(step, expected):
    pipeline = trained([step], X)
    sample = {"a": 5.0, "b": 7.0}
    assert pipeline.transform_one(sample) == pytest.approx(expected, **CLOSE)
    assert transformed(pipeline, sample) == [pytest.approx(expected, **CLOSE)]


def test_a_robust_scaler_has_rivers_quantiles():
    samples = [{"a": float(value)} for value in (3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5)]
    for scaler in (
        preprocessing.RobustScaler(),
        preprocessing.RobustScaler(False),
        preprocessing.RobustScaler(True, False),
    ):
        pipeline = trained([scaler], samples)
        assert transformed(pipeline, {"a": 7.0}) == [pytest.approx(pipeline.transform_one({"a": 7.0}), **CLOSE)]


def test_a_large_mean_keeps_its_digits():
    """Its float32 is off by 4; a file that subtracted that would be off by half a standard deviation."""
    samples = [{"a": 1e8 + 8.0 * i} for i in (-1, 0, 1, 1)]
    pipeline = trained([preprocessing.StandardScaler()], samples)
    assert pipeline["StandardScaler"].means["a"] == 1e8 + 2.0
    assert transformed(pipeline, samples[0]) == [pytest.approx({"a": -10 / math.sqrt(44)}, **CLOSE)]


@pytest.mark.parametrize(
    ("encoder", "expected"),
    [
        # For c = "b", an unseen category, and none.
        (preprocessing.OneHotEncoder(), [{"c_b": 1, "c_a": 0}, {"c_b": 0, "c_a": 0}, {"c_b": 0, "c_a": 0}]),
        (preprocessing.OneHotEncoder(drop_first=True), [{"c_b": 1}, {"c_b": 0}, {"c_b": 0}]),
        (
            preprocessing.OneHotEncoder({"c": {"a", "b"}}),
            [{"c_b": 1, "c_a": 0}, {"c_b": 0, "c_a": 0}, {"c_b": 0, "c_a": 0}],
        ),
        (preprocessing.OneHotEncoder({"c": {"a", "b"}}, drop_zeros=True), [{"c_b": 1}, {}, {}]),
        (preprocessing.OrdinalEncoder(), [{"c": 1}, {"c": 0}, {}]),
        (preprocessing.OrdinalEncoder(unknown_value=None), [{"c": 0}, {}, {}]),
        (preprocessing.OrdinalEncoder({"c": {"a": 5, "b": 7}}, unknown_value=-2), [{"c": 7}, {"c": -2}, {}]),
    ],
)
def test_texts_in_numbers_out(encoder, expected):
    pipeline = trained([compose.SelectType(str), encoder], TEXTS)
    samples = [{"c": "b"}, {"c": "new"}, {}]
    names = {*pipeline["NormPropRegressor"].features_}
    for x, wanted in zip(samples, expected, strict=True):
        live = {name: value for name, value in pipeline.transform_one(x).items() if name in names}
        assert {name: value for name, value in live.items() if value is not None} == wanted
    assert transformed(pipeline, *samples) == expected


@pytest.mark.parametrize("encoder", [preprocessing.OneHotEncoder(), preprocessing.OrdinalEncoder()])
@pytest.mark.parametrize("values", [(1, 2, 5), (True, False), (0.1, 0.25)])
def test_categories_may_be_numbers(encoder, values):
    pipeline = trained([encoder.clone()], [{"n": value} for value in values])
    samples = [{"n": value} for value in values]
    assert transformed(pipeline, *samples, {"n": 77.0})[: len(values)] == [pipeline.transform_one(x) for x in samples]


def test_what_is_missing_is_absent_at_every_step():
    """As in River for a key that is not there: a norm, a product and a threshold leave it out."""
    for step in (
        preprocessing.StandardScaler(),
        preprocessing.MinMaxScaler(),
        preprocessing.MaxAbsScaler(),
        preprocessing.RobustScaler(),
        preprocessing.AdaptiveStandardScaler(),
        preprocessing.Normalizer(),
        preprocessing.Binarizer(-1.0),
        feature_extraction.PolynomialExtender(),
        compose.Prefixer("p_"),
        compose.Select("a") * compose.SelectType(float),
    ):
        pipeline = trained([step], X)
        live = {name: float(value) for name, value in pipeline.transform_one({"a": 2.0}).items()}
        assert 0 < len(live) < len(pipeline["NormPropRegressor"].features_)
        assert transformed(pipeline, {"a": 2.0}) == [pytest.approx(live, **CLOSE)]


def test_a_union_takes_what_its_first_branch_lacks_from_the_second():
    first = preprocessing.OneHotEncoder({"c": {"a"}}, drop_zeros=True)
    second = preprocessing.OneHotEncoder({"c": {"a", "b"}})
    pipeline = trained([compose.SelectType(str), first + second], TEXTS)
    assert transformed(pipeline, {"c": "a"}, {"c": "b"}) == [{"c_a": 1, "c_b": 0}, {"c_a": 0, "c_b": 1}]


def test_an_imputer_fills_in_what_it_would_for_none():
    samples = [{"n": 1.0, "m": 2.0, "c": "a"}, {"n": 3.0, "m": 6.0, "c": "b"}, {"n": 5.0, "m": 1.0, "c": "b"}]
    encode = (compose.SelectType(str) | preprocessing.OneHotEncoder()) + compose.SelectType(float)
    imputer = preprocessing.StatImputer(("n", stats.Mean()), ("c", stats.Mode()), ("m", -7.0))
    pipeline = trained([imputer, encode], samples)
    filled = {"n": 3.0, "m": -7.0, "c_a": 0.0, "c_b": 1.0}
    assert pipeline.transform_one({"n": None, "m": None, "c": None}) == filled
    assert transformed(pipeline, {}) == [filled]
    pipeline = trained([preprocessing.PreviousImputer(), encode], samples)
    filled = {"n": 5.0, "m": 1.0, "c_a": 0.0, "c_b": 1.0}
    assert pipeline.transform_one({"n": None, "m": None, "c": None}) == filled
    assert transformed(pipeline, {}, {"m": 2.0, "c": "a"}) == [filled, {"n": 5.0, "m": 2.0, "c_a": 1.0, "c_b": 0.0}]


@pytest.mark.parametrize("groups", [("r", "s", "t"), (1, 2, 3)])
def test_each_group_has_a_transformer_of_its_own(groups):
    r, s, new = groups
    samples = [{"g": r, "n": 1.0}, {"g": s, "n": 10.0}, {"g": r, "n": 3.0}]
    pipeline = trained([preprocessing.StatImputer(("n", stats.Mean())) * "g", compose.Select("n")], samples)
    queries = [{"g": r, "n": None}, {"g": s, "n": None}, {"g": new, "n": None}, {"g": r, "n": 7.0}]
    expected = [{"n": 2.0}, {"n": 10.0}, {"n": 0.0}, {"n": 7.0}]
    assert [pipeline.transform_one(x) for x in queries] == expected
    assert transformed(pipeline, *queries) == expected


@pytest.mark.parametrize(
    ("groups", "new"),
    [((1, 2), 3), ((0.1, 1e30), 0.2), ((True, False), None), (("1", "01"), "1.0"), ((2**24, 1), 2**24 + 1)],
)
def test_samples_of_groups_that_are_no_words(groups, new, tmp_path):
    """River groups by the text of a value."""
    r, s = groups
    samples = [{"g": r, "n": 1.0}, {"g": s, "n": 10.0}, {"g": r, "n": 3.0}, {"g": s, "n": 14.0}]
    pipeline = trained([compose.Grouper(compose.Select("n") | preprocessing.StandardScaler(), "g")], samples)
    to_onnx(pipeline, tmp_path / "m.onnx")
    edge = EdgeModel(tmp_path / "m.onnx")
    assert edge.texts_ == ["g"]
    for x in [*samples, {"g": new, "n": 1.0}]:
        assert edge.predict_one(x) == pytest.approx(pipeline.predict_one(x), **CLOSE)
    assert edge.predict_one(samples[0]) != edge.predict_one({**samples[0], "g": s})


@pytest.mark.parametrize("groups", [(1, 2), (True, False)])
def test_a_group_that_another_step_takes_as_a_number(groups, tmp_path):
    samples = [{"g": groups[i % 2], "n": float(i * i)} for i in range(5)]
    scaled = compose.Select("g") | preprocessing.MinMaxScaler()
    pipeline = trained([scaled + compose.Grouper(compose.Discard("g") | preprocessing.MaxAbsScaler(), "g")], samples)
    to_onnx(pipeline, tmp_path / "m.onnx")
    edge = EdgeModel(tmp_path / "m.onnx")
    assert edge.texts_ == []
    values = [edge.predict_one(x) for x in samples]
    assert values == pytest.approx([pipeline.predict_one(x) for x in samples], **CLOSE)
    # Of the groups' own, 16 and 9.
    assert transformed(pipeline, samples[2], samples[1]) == [
        pytest.approx({"g": float(groups[0] == 2 or groups[0] is True), "n": 4 / 16}, **CLOSE),
        pytest.approx({"g": float(groups[1] == 2 or groups[1] is True), "n": 1 / 9}, **CLOSE),
    ]


def test_groups_behind_a_step_that_computes(tmp_path):
    """What is binarized is a number, though its groups look like texts."""
    samples = [{"g": float(i % 3), "n": float(i)} for i in range(6)]
    grouped = compose.Grouper(compose.Select("n") | preprocessing.MaxAbsScaler(), "g")
    binarized = (compose.Select("g") | preprocessing.Binarizer(1.5)) + compose.Select("n")
    pipeline = trained([binarized, grouped], samples)
    assert [*grouped.transformers] == ["False", "True"]
    # The largest n of a group is 4 where g is at most 1.5, and 5 where it is 2.
    assert transformed(pipeline, {"g": 1.0, "n": 3.0}, {"g": 2.0, "n": 3.0}) == [
        pytest.approx({"n": 3 / 4}, **CLOSE),
        pytest.approx({"n": 3 / 5}, **CLOSE),
    ]


def test_groups_behind_a_step_of_ones_own():
    """It computes with numbers, unless told otherwise, and the groups are what it makes of them."""
    step = Converter(None, "mine")
    groups_of_numbers = trained([compose.Grouper(compose.Select("n"), "g")], [{"g": 1, "n": 1.0}])["Grouper"]
    needed = converter(groups_of_numbers, "grouper").needs({"n": NUMBER})
    assert needed == {"g": EITHER, "n": NUMBER}
    assert step.needs(needed) == {"g": NUMBER, "n": NUMBER}
    assert step.needs({"c": TEXT}) == {"c": TEXT}


@pytest.mark.parametrize("size", [1e-25, 1e20, 1e38])
def test_a_norm_whose_squares_are_no_float32(size):
    pipeline = trained([preprocessing.Normalizer()], [{"a": 3.0, "b": 4.0, "c": 1.0}])
    sample = {"a": 3.0 * size, "b": -4.0 * min(size, 8e37)}
    expected = pipeline.transform_one(sample)
    assert size == 1e38 or expected == pytest.approx({"a": 0.6, "b": -0.8})
    assert transformed(pipeline, sample) == [pytest.approx(expected, **CLOSE)]


def test_names_that_are_no_text():
    samples = [{0: float(i), 1: float(i * i)} for i in range(5)]
    pipeline = trained([preprocessing.StandardScaler(), feature_extraction.PolynomialExtender()], samples)
    assert [value.name for value in to_onnx(pipeline).graph.input] == ["0", "1"]
    queries = [{"0": 2.0, "1": 3.0}]
    assert transformed(pipeline, *queries) == [pytest.approx(pipeline.transform_one({0: 2.0, 1: 3.0}), **CLOSE)]


@pytest.mark.parametrize("inside", [True, False])
def test_a_scaled_target_leaves_in_its_own_unit(inside, tmp_path):
    model = NormPropRegressor((4,), seed=1)
    scaled = preprocessing.TargetStandardScaler
    scaler = preprocessing.StandardScaler()
    model = scaler | scaled(model) if inside else scaled(scaler | scaled(model))
    for x, y in datasets.TrumpApproval().take(200):
        model.learn_one(x, 1000.0 * y)
    to_onnx(model, tmp_path / "m.onnx")
    edge = EdgeModel(tmp_path / "m.onnx")
    values = [edge.predict_one(x) for x, _ in datasets.TrumpApproval().take(200)]
    assert values == pytest.approx([model.predict_one(x) for x, _ in datasets.TrumpApproval().take(200)], rel=1e-5)
    assert 30_000 < values[-1] < 50_000


@pytest.mark.parametrize(
    ("code", "output"),
    re.findall(r"```python\n(.*?)```\n\n```text\n(.*?)```", DOCUMENTED, re.DOTALL),
    ids=["elementwise", "named"],
)
def test_the_documented_converters_print_what_they_say(code, output, tmp_path):
    process = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert process.stdout == output
    file, live = output.split()
    assert file == live
