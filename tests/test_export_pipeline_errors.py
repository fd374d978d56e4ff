"""Pipelines that cannot become a file."""

import pytest
from pipelines import X, trained
from river import base, compose, feature_extraction, linear_model, preprocessing

from streamnorm import NormPropClassifier, NormPropRegressor
from streamnorm.export import to_onnx


class Doubler(base.Transformer):
    def transform_one(self, x):
        return {name: 2 * value for name, value in x.items()}


class Louder(preprocessing.StandardScaler):
    """Does something else than what it inherits from."""


def one_hot(**arguments):
    return preprocessing.OneHotEncoder(**arguments)


def numbers(step):
    return compose.SelectType(float) | step


def products():
    return feature_extraction.PolynomialExtender(3, interaction_only=True)


def by_g():
    return compose.Grouper(compose.Select("n"), "g")


def by_number():
    return compose.Grouper(preprocessing.MaxAbsScaler(), "g")


C = [{"c": "a"}, {"c": "b"}]
AB = {"c": {"a", "b"}, "d": {"a", "b"}}


@pytest.mark.parametrize(
    ("step", "samples", "said"),
    [
        (Doubler(), X, "^pipeline > Doubler cannot be exported: .*; register one with .*register_converter"),
        (Louder(), X, "^pipeline > Louder cannot be exported"),
        (("mine", Doubler()), X, "^pipeline > mine cannot be exported: there is no converter for Doubler"),
        (compose.Prefixer("p") + Doubler(), X, "^pipeline > TransformerUnion > Doubler cannot"),
        (compose.FuncTransformer(dict), X, "a Python function has no operators"),
        (preprocessing.FeatureHasher(8, seed=1), X, "its hash cannot be said in standard operators: use OneHotEncoder"),
        (
            preprocessing.Normalizer() | compose.Select("a"),
            X,
            "behind pipeline > Pipeline > Normalizer leaves features out",
        ),
        (preprocessing.Normalizer(order=3), X, "order 3: only 1, 2 and inf"),
        (preprocessing.Binarizer(dtype=str) | one_hot(), X, "dtype <class 'str'>"),
        (one_hot(drop_zeros=True), C, "keeps no categories that a file could hold: give it categories="),
        (one_hot(categories=AB, drop_zeros=True, drop_first=True), [{"c": "a", "d": "b"}], "leave one of them"),
        (one_hot(), [{"c": "a"}, {"c": 1}], "all texts or all numbers"),
        (one_hot(), [{"c": "a"}, {"c": None}], "has None among the categories of 'c'"),
        (preprocessing.OrdinalEncoder(), [{"c": "a"}, {"c": ""}], "has '' among the categories of 'c'"),
        (one_hot(), [{"c": 1.0}, {"c": 1.0 + 1e-12}], "the same as float32 numbers"),
        (one_hot(), [{"c": 2**24}], r"category 16777216 of 'c': from 2\*\*24 on a float32 rounds .* Use texts"),
        (preprocessing.OrdinalEncoder(), [{"c": -123456789}], "category -123456789 of 'c'"),
        (one_hot(), [{"c": "a_b", "c_a": "b"}], "makes 'c_a_b' of two different categories"),
        (preprocessing.StatImputer(("c", 1)) | one_hot(), C, "fills in 1 for 'c', which is str"),
        (preprocessing.StatImputer(("a", 0.0)) * ["a", "b"], X, r"groups by \['a', 'b'\]: only by a single feature"),
        (by_g(), [{"g": "r", "n": 1.0}, {"g": None, "n": 2.0}], "the group 'None' of 'g', .*: impute 'g' in front"),
        (by_g(), [{"g": "r", "n": 1.0}, {"g": "", "n": 2.0}], "the group '' of 'g', .*: impute 'g' in front"),
        (by_number(), [{"g": 2**24, "n": 1.0}, {"g": 1, "n": 2.0}], "the group 16777216 of 'g', which another step"),
        (by_number(), [{"g": 1, "n": 1.0}, {"g": 1.0, "n": 2.0}], "the same as float32 numbers, such as 1 and 1.0"),
        (products(), [{"a*b": 2.0, "c": 3.0}], r"makes 'a\*b', but 'a', .*: rename features with '\*' in their names"),
        (products() | compose.Select("a*b"), X, r"makes 'a\*b', but 'a', .* or let all that it makes through"),
        (preprocessing.StandardScaler(), [{1: 1.0, "1": 2.0}], "features 1 and '1', which have the same name"),
        (compose.Discard(), [{"value": 1.0}], "a feature is named 'value', which the file needs for itself"),
        (compose.Discard(), [{"": 1.0}], "a feature is named ''"),
        (
            compose.Select("a") | feature_extraction.PolynomialExtender() | feature_extraction.PolynomialExtender(),
            X,
            "a.a.a",
        ),
        (numbers(preprocessing.Binarizer()) + compose.Discard("b"), X, "takes 'a' if it is float, and another"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_cannot_be_said_is_said_before_a_file_is_written(step, samples, said, tmp_path):
    pipeline = trained([step], samples)
    with pytest.raises((TypeError, ValueError), match=said):
        to_onnx(pipeline, tmp_path / "m.onnx")
    assert list(tmp_path.iterdir()) == []


def test_a_feature_that_is_now_a_text_and_now_a_number():
    texts = compose.SelectType(str) | preprocessing.OneHotEncoder()
    pipeline = trained([texts + (compose.SelectType(float) | preprocessing.MaxAbsScaler())], [{"a": "x"}, {"a": 1.0}])
    with pytest.raises(ValueError, match=r"takes 'a' as .* in one place and as .* in another"):
        to_onnx(pipeline)


def test_a_feature_that_no_step_has_met():
    model = NormPropRegressor((2,), seed=1)
    model.learn_one({"c_a": 1.0, "c_z": 0.0}, 1.0)
    pipeline = preprocessing.OneHotEncoder() | model
    pipeline.learn_one({"c": "a"}, 1.0)
    with pytest.raises(ValueError, match="pipeline > OneHotEncoder cannot make 'c_z'"):
        to_onnx(pipeline)


@pytest.mark.parametrize(
    ("model", "name"),
    [
        (preprocessing.StandardScaler() | linear_model.LogisticRegression(), "LogisticRegression"),
        (preprocessing.PredClipper(NormPropRegressor(), 0, 1), "PredClipper"),
        (preprocessing.TargetMinMaxScaler(NormPropRegressor()), "TargetMinMaxScaler"),
        (compose.Pipeline(), "Pipeline"),
        (compose.Pipeline(preprocessing.StandardScaler()), "StandardScaler"),
    ],
)
def test_what_does_not_end_in_a_model_of_ours(model, name):
    with pytest.raises(TypeError, match=f"a pipeline that ends in one of these, not a {name}"):
        to_onnx(model)


def test_a_pipeline_that_has_seen_nothing():
    with pytest.raises(ValueError, match="call learn_one before"):
        to_onnx(preprocessing.StandardScaler() | NormPropClassifier())
