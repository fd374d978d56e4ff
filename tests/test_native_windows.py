"""The extension on windows and images: it walks the reference's path, and reads arrays as Python does."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from models import bits, needs_native

import streamnorm
from streamnorm import (
    AvgPool,
    Conv1d,
    Conv2d,
    GlobalAvgPool,
    GlobalMaxPool,
    MaxPool,
    NormPropAnomalyDetector,
    NormPropClassifier,
    NormPropRegressor,
)
from streamnorm.activations import ACTIVATIONS
from streamnorm.engines import native
from streamnorm.optim import OPTIMIZERS

pytestmark = needs_native
SERIES, IMAGE = (3, 13), (2, 7, 9)
NETS = {
    "same": ((Conv1d(4, 3), 6), SERIES),
    "even kernel and stride": ((Conv1d(5, 4, stride=2), MaxPool(3, 2), Conv1d(9, 3, stride=3)), SERIES),
    "valid": ((Conv1d(17, 3, padding="valid"), AvgPool(3, 2), Conv1d(3, 2, padding="valid"), 5), SERIES),
    "stride with gaps": ((Conv1d(5, 2, stride=5), 4), SERIES),
    "global maximum": ((Conv1d(5, 7), GlobalMaxPool(), 4), SERIES),
    "global mean": ((Conv1d(5, 7), Conv1d(6, 3), GlobalAvgPool(), 4), SERIES),
    "pools in front": ((AvgPool(2), MaxPool(2), 4), SERIES),
    "image": ((Conv2d(4, 3), MaxPool(2), Conv2d(6, 3), 5), IMAGE),
    "image with an odd kernel": ((Conv2d(6, (4, 2), stride=(1, 2)), AvgPool((2, 3), (1, 2)), 5), IMAGE),
    "one channel": ((Conv2d(17, 3), MaxPool(2), 5), (1, 9, 8)),
    "one channel, strides": ((Conv2d(5, (2, 3), stride=(2, 3)), 5), (1, 9, 8)),
    "image, valid": ((Conv2d(6, (2, 5), stride=(3, 1), padding="valid"), GlobalMaxPool()), IMAGE),
}


def stream(shape, samples):
    """Waves of a class each, noise on top, far from zero."""
    rng = np.random.default_rng(6)
    time = np.arange(math.prod(shape)).reshape(shape)
    for label in rng.integers(3, size=samples).tolist():
        yield {"window": 5.0 + 2.0 * np.sin((label + 1) * time) + rng.standard_normal(shape)}, label


def learned(estimator, hidden, shape, samples=40, weights=(1.0,), **arguments):
    model = estimator(hidden, input_shape=shape, seed=3, **arguments)
    for i, (x, label) in enumerate(stream(shape, samples)):
        if estimator is NormPropAnomalyDetector:
            model.learn_one(x)
        else:
            model.learn_one(x, label, w=weights[i % len(weights)])
    return model


def assert_same_path(estimator, hidden, shape, **arguments):
    models = [
        learned(estimator, hidden, shape, engine=e, dtype="float64", **arguments) for e in ("native", "reference")
    ]
    for model in models:
        for network, optimizer in zip(model._learner.mixture.networks, model._learner.mixture.optimizers, strict=True):
            network.settle(optimizer.decays)
    arrays, expected = (model._arrays() for model in models)
    assert arrays.keys() == expected.keys()
    for name, array in expected.items():
        # Roundings of 1e-16 in another order, amplified by 40 steps.
        np.testing.assert_allclose(arrays[name], array, rtol=0.0, atol=1e-10, err_msg=name)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("net", NETS)
@pytest.mark.parametrize("instructions", native.instructions(8))
def test_it_learns_what_the_reference_learns(instructions, net, optimizer, monkeypatch):
    monkeypatch.setenv("STREAMNORM_INSTRUCTIONS", instructions)
    assert_same_path(NormPropClassifier, *NETS[net], optimizer=optimizer, learning_rate=0.01)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("net", ["even kernel and stride", "image"])
def test_whatever_the_activation(net, activation):
    assert_same_path(NormPropClassifier, *NETS[net], activation=activation, optimizer="rmsprop", learning_rate=0.01)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("estimator", [NormPropRegressor, NormPropAnomalyDetector])
def test_whatever_is_to_be_said(estimator, optimizer):
    # The largest rate of SGD on 126 outputs amplifies any difference: one of 1e-16 becomes 1e-8 in 40 samples.
    assert_same_path(estimator, *NETS["image"], optimizer=optimizer, samples=20)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("net", ["global maximum", "image"])
def test_samples_that_stand_for_several(net, optimizer):
    assert_same_path(NormPropClassifier, *NETS[net], optimizer=optimizer, weights=(1.0, 3.5, 0.5, 0.0, 200.0))


@pytest.mark.parametrize("arguments", [{"fading_factor": 0.05}, {"standardize": False}], ids=str)
def test_channels_are_standardised_alike(arguments):
    assert_same_path(NormPropClassifier, *NETS["even kernel and stride"], samples=60, **arguments)


@st.composite
def nets(draw):
    """Convolutions and pools of any geometry that has a place on the input."""
    dimensions = draw(st.sampled_from([1, 2]))
    sides = st.integers(1, 12 if dimensions == 1 else 6)
    size = [draw(sides) for _ in range(dimensions)]
    shape = (draw(st.integers(1, 3)), *size)
    hidden = []
    for _ in range(draw(st.integers(1, 3))):
        kernel = [draw(st.integers(1, side)) for side in size]
        stride = [draw(st.integers(1, 3)) for _ in size]
        kind = draw(st.sampled_from(["same", "valid", "largest", "mean"]))
        k, s = (kernel[0], stride[0]) if dimensions == 1 else (tuple(kernel), tuple(stride))
        if kind in ("largest", "mean"):
            hidden.append((MaxPool if kind == "largest" else AvgPool)(k, s))
        else:
            hidden.append((Conv1d if dimensions == 1 else Conv2d)(draw(st.integers(1, 19)), k, s, kind))
        size = [
            -(-side // step) if kind == "same" else (side - patch) // step + 1
            for side, patch, step in zip(size, kernel, stride, strict=True)
        ]
    return (*hidden, draw(st.integers(1, 5))), shape


@settings(max_examples=60, deadline=None)
@given(nets(), st.sampled_from(sorted(OPTIMIZERS)))
def test_any_geometry(net, optimizer):
    hidden, shape = net
    assert_same_path(NormPropClassifier, hidden, shape, samples=12, optimizer=optimizer, learning_rate=0.01)


def test_in_float32_predictions_agree():
    fast, slow = (learned(NormPropClassifier, *NETS["image"], samples=200, engine=e) for e in ("native", "reference"))
    for x, _ in stream(IMAGE, 20):
        # A rounding is 6e-8, and 200 steps amplify it as they amplify any small difference.
        assert fast.predict_proba_one(x) == pytest.approx(slow.predict_proba_one(x), rel=0.0, abs=1e-3)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_saved_model_goes_on_bit_for_bit(tmp_path, optimizer):
    model = learned(NormPropClassifier, "sensor", (4, 30), engine="native", optimizer=optimizer)
    model.save(tmp_path / "model.safetensors")
    resumed = streamnorm.load(tmp_path / "model.safetensors")
    for x, label in stream((4, 30), 40):
        model.learn_one(x, label)
        resumed.learn_one(x, label)
    assert bits(resumed) == bits(model)


def reads_itself(model, x):
    return model._learner._engine.predict_dict(x, model.classes_) is not None


LAID = {
    "as it is": lambda a: a,
    "Fortran's order": np.asfortranarray,
    "a part of a larger one": lambda a: np.repeat(np.repeat(a, 2, axis=0), 3, axis=-1)[::2, ..., ::3],
    "backwards": lambda a: a[::-1, ..., ::-1].copy()[::-1, ..., ::-1],
    "read-only": lambda a: np.frombuffer(a.tobytes(), a.dtype).reshape(a.shape),
}


class Labelled(np.ndarray):
    """An array with code of its own."""


OF_PYTHON = {
    "between bytes": lambda a: a.astype([("number", a.dtype), ("byte", "u1")])["number"],
    "other byte order": lambda a: a.astype(a.dtype.newbyteorder()),
    "half": lambda a: a.astype(np.float16),
    "integers": lambda a: a.astype(np.int64),
    "booleans": lambda a: a > 5.0,
    "long double": lambda a: a.astype(np.longdouble),
    "a subclass": lambda a: a.view(Labelled),
    "masked": np.ma.masked_array,
}


@pytest.mark.parametrize("shape", [SERIES, IMAGE], ids=str)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("layout", [*LAID, *OF_PYTHON])
def test_arrays_are_read_in_c_and_others_in_python(layout, dtype, shape):
    hidden = (Conv1d(4, 3), 5) if shape is SERIES else (Conv2d(4, 3), 5)
    models = [NormPropClassifier(hidden, input_shape=shape, engine=e, seed=1) for e in ("native", "reference")]
    model = models[0]
    for x, label in stream(shape, 5):
        array = {**LAID, **OF_PYTHON}[layout](x["window"].astype(dtype))
        for each in models:
            each.learn_one({"any name": array}, label)
        # Bit for bit: what arrives is copied, not computed.
        for name in ("mean", "count"):
            assert model._arrays()[f"features.{name}"] == pytest.approx(each._arrays()[f"features.{name}"], abs=1e-12)
    assert reads_itself(model, {"any name": array}) == (layout in LAID)


def test_values_arrive_at_their_places():
    """Every value in the place where `ArrayIndex` has it: a network without hidden layers weighs each by its own."""
    model = learned(NormPropClassifier, (), IMAGE, engine="native")
    for (x, _), order in zip(stream(IMAGE, 10), "CF" * 5, strict=True):
        array = np.array(x["window"], order=order)
        assert reads_itself(model, {"a": array})
        by_python = model._learner.predict({"a": array.view(Labelled)}, model.classes_)
        assert model.predict_proba_one({"a": array}) == by_python


def test_what_no_float_holds_is_taken_as_the_largest():
    model = learned(NormPropClassifier, (), (1, 2), engine="native")
    for number in (1e300, -1e300, 3.5e38, 1e38, 1e-300, 0.1):
        array = np.array([[number, 1.0]])
        assert reads_itself(model, {"a": array})
        assert model.predict_proba_one({"a": array}) == model.predict_proba_one({"a": array.view(Labelled)})


BAD = {
    "NaN beside infinity": {"a": np.where(np.arange(39).reshape(SERIES) == 38, -np.inf, np.nan)},
    "one infinite value": {"a": np.where(np.arange(39).reshape(SERIES) == 38, np.inf, 0.0)},
    "another shape": {"a": np.zeros((13, 3))},
    "another dimension": {"a": np.zeros((1, 3, 13))},
    "flat": {"a": np.zeros(39)},
    "no dimension": {"a": np.array(1.0)},
    "objects": {"a": np.zeros(SERIES, object)},
    "times": {"a": np.zeros(SERIES, "M8[s]")},
    "complex": {"a": np.zeros(SERIES, complex)},
    "two arrays": {"a": np.zeros(SERIES), "b": np.zeros(SERIES)},
    "numbers": dict.fromkeys(range(39), 1.0),
    "one number": {0: 1.0},
    "a list": {"a": np.zeros(SERIES).tolist()},
    "an array alone": np.zeros(SERIES),
}


def test_without_a_word_on_them_missing_values_are_an_error():
    model = learned(NormPropClassifier, (Conv1d(4, 3), 5), SERIES, engine="native")
    before, x = bits(model), {"a": np.where(np.arange(39).reshape(SERIES) == 20, np.nan, 1.0)}
    with pytest.raises(ValueError, match=r"array 'a' is nan at \(1, 7\)"):
        model.learn_one(x, 1)
    assert bits(model) == before


@pytest.mark.parametrize("missing", ["error", "mean"])
@pytest.mark.parametrize("bad", BAD)
def test_a_bad_sample_leaves_the_model_as_it_was(bad, missing):
    model = learned(NormPropClassifier, (Conv1d(4, 3), 5), SERIES, engine="native", missing=missing)
    before = bits(model)
    assert not reads_itself(model, BAD[bad])
    for method in (model.predict_one, lambda x: model.learn_one(x, 1)):
        with pytest.raises((TypeError, ValueError)):
            method(BAD[bad])
    assert bits(model) == before


@pytest.mark.parametrize("estimator", [NormPropClassifier, NormPropAnomalyDetector])
def test_missing_values_are_their_channels_mean(estimator):
    """To the extension as to the reference, whole channels and whole windows as well; an infinite one is an error."""
    rng = np.random.default_rng(8)
    arguments = {"missing": "mean", "dtype": "float64", "seed": 3, "input_shape": SERIES}
    fast, slow = (estimator(NETS["valid"][0], engine=e, **arguments) for e in ("native", "reference"))
    for i, (x, label) in enumerate(stream(SERIES, 40)):
        x["window"][rng.random(SERIES) < 0.3] = np.nan
        if i % 5 == 0:
            x["window"][1] = np.nan
        if i % 13 == 0:
            x["window"][:] = np.nan
        if estimator is NormPropClassifier:
            assert fast.predict_proba_one(x) == pytest.approx(slow.predict_proba_one(x), rel=0.0, abs=1e-10)
        else:
            assert fast.score_one(x) == pytest.approx(slow.score_one(x), rel=0.0, abs=1e-10)
        for model in (fast, slow):
            model.learn_one(x) if estimator is NormPropAnomalyDetector else model.learn_one(x, label)
    for name, array in slow._arrays().items():
        if name.startswith("features"):
            # The two sum 13 values in another order.
            np.testing.assert_allclose(fast._arrays()[name], array, rtol=1e-12, err_msg=name)


@pytest.mark.parametrize("nothing", [{}, {"a": np.full(SERIES, np.nan)}], ids=["no window", "a window of NaN"])
def test_from_nothing_nothing_is_learned(nothing):
    model = learned(NormPropClassifier, *NETS["same"], engine="native", missing="mean")
    before = bits(model)
    probabilities = model.predict_proba_one(nothing)
    model.learn_one(nothing, 1)
    assert bits(model) == before
    assert sum(probabilities.values()) == pytest.approx(1.0)


def test_a_tie_goes_to_the_first():
    """Patches (1, 0) and (0, 1) under a filter (1, 1): what it learns is what it learns where the first is larger."""
    rows = []
    for last in (1.0, 0.5):
        model = NormPropClassifier(
            (Conv1d(1, 2, 2, "valid"), MaxPool(2)), 0.1, input_shape=(1, 4), standardize=False, engine="native", seed=1
        )
        for label in (0, 1):
            model.learn_one({"a": np.zeros((1, 4))}, label)
        (network,) = model._learner.mixture.networks
        network.parameters[0]["W"].value[:] = 1.0
        network.parameters[-1]["W"].value[:] = [[1.0], [-1.0]]
        model._learner.connect()
        model.learn_one({"a": np.array([[1.0, 0.0, 0.0, last]])}, 0)
        rows.append(network.parameters[0]["W"].value.tolist())
    assert rows[0] == rows[1]
    # Towards class 0 the pooled value grows, along what of the patch (1, 0) is across the filter.
    ((first, second),) = rows[0]
    assert first > 1.0 > second
