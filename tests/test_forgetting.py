"""At most so many features: which one goes, what stays as it was, what is said, and what comes back from a file."""

import copy
import logging
import pickle

import numpy as np
import pandas as pd
import pytest
from models import NATIVE, bits
from river import datasets

import streamnorm
from streamnorm import NormPropClassifier, NormPropRegressor
from streamnorm.layers import Dense
from streamnorm.learner import _first_with_value
from streamnorm.network import Network

ENGINES = [NATIVE, "reference", "autograd"]


def learned(engine="auto", limit=4, samples=60, hidden=(7, 5), **arguments):
    """Features a and b are always there; of f0 to f7 two at a time, each for some ten samples."""
    model = NormPropClassifier(hidden, 0.01, max_features=limit, dtype="float64", engine=engine, seed=5, **arguments)
    for x, y in stream(samples):
        model.learn_one(x, y)
    return model


def stream(samples, seed=3):
    rng = np.random.default_rng(seed)
    for i in range(samples):
        names = ["a", "b", f"f{i // 10 % 8}", f"f{(i // 10 + 1) % 8}"]
        x = dict(zip(names, rng.standard_normal(4).tolist(), strict=True))
        yield x, bool(x["a"] * x["b"] + x[names[2]] > 0.0)


@pytest.mark.parametrize("engine", ENGINES)
def test_the_one_not_seen_for_longest_goes_first(engine, caplog):
    model = NormPropRegressor((3,), 0.01, max_features=3, engine=engine, seed=1)
    for names in ("abc", "a", "b", "c", "ab"):  # c was last in the fourth, a and b in the fifth.
        model.learn_one(dict.fromkeys(names, 1.0), 1.0)
    with caplog.at_level(logging.INFO, "streamnorm"):
        model.learn_one({"d": 1.0}, 1.0)
    assert model.features_ == ["a", "b", "d"]
    assert model.n_forgotten_ == 1
    assert caplog.messages == ["forgot 1 features that were not seen for longest: ['c']"]
    model.learn_one({"e": 1.0}, 1.0)  # a and b are equally old: the first column goes.
    assert model.features_ == ["e", "b", "d"]
    model.learn_one({"f": 1.0, "g": 1.0, "d": 1.0}, 1.0)
    assert model.features_ == ["g", "f", "d"]
    assert model.n_forgotten_ == 4


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("optimizer", ["sgd", "rmsprop", "adam"])
@pytest.mark.parametrize("hidden", [(), (7, 5)], ids=len)
def test_samples_without_it_are_predicted_as_before(engine, hidden, optimizer):
    model = learned(engine, hidden=hidden, optimizer=optimizer)
    *others, _last = model.features_
    x = dict(zip(others, (0.3, -1.2, 0.8), strict=True))
    before = model.predict_proba_one(x)
    columns = [model.features_.index(name) for name in others]
    model._learner.add_features(["new"], columns)
    assert set(model.features_) == {*others, "new"}
    # Gain and norm shrink together: a rounding of each.
    assert model.predict_proba_one(x) == pytest.approx(before, rel=0.0, abs=1e-13)
    # Nothing has been learned of the new one, not even its scale.
    assert model.predict_proba_one({**x, "new": 5.0}) == pytest.approx(before, rel=0.0, abs=1e-13)
    column = model.features_.index("new")
    arrays = model._arrays()
    assert not any(arrays[f"features.{name}"][column] for name in ("count", "mean", "variance"))
    weights = [array[:, column] for name, array in arrays.items() if name.startswith("network.0.0.W")]
    assert len(weights) == {"sgd": 1, "rmsprop": 2, "adam": 3}[optimizer]
    assert not np.any(weights)


def test_the_gain_shrinks_with_the_norm_by_hand():
    """Rows (3, 4) and (0, 2), gains 1 and 0.5. Without the second input the norms are 3 of 5, and nothing of 2."""
    network = Network([Dense(2)], ("v",), "float64", seed=1)
    network.add_inputs(2)
    network.add_outputs(1)
    hidden = network.parameters[0]
    hidden["W"].value[:] = [[3.0, 4.0], [0.0, 2.0]]
    hidden["W"].state["v"][:] = 1.0
    hidden["g"].value[:] = [1.0, 0.5]
    network.clear_inputs(np.array([1]))
    np.testing.assert_allclose(hidden["g"].value, [0.6, 0.5], rtol=1e-15)
    # The second row would have no norm to learn with.
    np.testing.assert_array_equal(hidden["W"].value, [[3.0, 0.0], [0.0, 2.0]])
    np.testing.assert_array_equal(hidden["W"].state["v"], [[1.0, 0.0], [1.0, 0.0]])


@pytest.mark.parametrize("limit", [1, 2])
@pytest.mark.parametrize("engine", ENGINES)
def test_a_model_that_has_forgotten_everything_learns_on(engine, limit):
    model = NormPropClassifier((8,), 0.02, max_features=limit, engine=engine, seed=1)
    rng = np.random.default_rng(2)
    for generation in range(4):
        right = 0
        for x in rng.standard_normal(150).tolist():
            sample = {f"x{generation}": x}
            right += model.predict_one(sample) == (x > 0.0)
            model.learn_one(sample, x > 0.0)
        assert right > 110  # Of 150; guesses are right in 75, with a standard deviation of 6.
    assert model.n_forgotten_ == 4 - limit
    assert all(np.isfinite(array).all() for array in model._arrays().values())


@pytest.mark.parametrize("optimizer", ["sgd", "rmsprop", "adam"])
@pytest.mark.parametrize("engine", [NATIVE, "autograd"])
def test_engines_walk_the_same_path_while_features_come_and_go(engine, optimizer):
    arrays = []
    for name in (engine, "reference"):
        model = learned(name, optimizer=optimizer, samples=120)
        assert model.n_forgotten_ >= 8
        mixture = model._learner.mixture
        mixture.networks[0].settle(mixture.optimizers[0].decays)
        arrays.append(model._arrays())
    for name, array in arrays[1].items():
        # Roundings of 1e-16, amplified by 120 steps.
        np.testing.assert_allclose(arrays[0][name], array, rtol=0.0, atol=1e-10, err_msg=name)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("way", ["copy", "pickle", "file"])
def test_what_was_seen_when_is_resumed(engine, way, tmp_path):
    model = learned(engine, samples=45)
    if way == "file":
        model.save(tmp_path / "model")
        other = streamnorm.load(tmp_path / "model")
    else:
        other = copy.deepcopy(model) if way == "copy" else pickle.loads(pickle.dumps(model))
    assert bits(other) == bits(model)
    for x, y in [*stream(90)][45:]:
        model.learn_one(x, y)
        other.learn_one(x, y)
    assert bits(other) == bits(model)
    assert other.n_forgotten_ == model.n_forgotten_ > 3


@pytest.mark.parametrize("engine", ENGINES)
def test_too_many_features_in_one_sample_change_nothing(engine):
    model = learned(engine, samples=25)
    before = bits(model)
    sample = dict.fromkeys(["a", "b", "u", "v", "w"], 1.0)
    with pytest.raises(ValueError, match="a sample has 5 features, more than max_features=4: raise max_features"):
        model.learn_one(sample, True)
    with pytest.raises(ValueError, match="a sample has 5 features"):
        NormPropClassifier(max_features=4, engine=engine).learn_one(sample, True)
    with pytest.raises(ValueError, match="a sample has 5 features"):
        model.learn_many(pd.DataFrame([sample] * 3), [True, False, True])
    assert bits(model) == before
    model.predict_one(sample)  # Those that are not known are ignored, as ever.
    with pytest.raises(TypeError, match="label"):
        model.learn_one({"new": 1.0}, "text")
    assert bits(model) == before


@pytest.mark.parametrize("engine", [NATIVE, "reference"])
@pytest.mark.parametrize("estimator", [NormPropClassifier, NormPropRegressor], ids=lambda kind: kind.__name__)
def test_frames_with_gaps_forget_what_the_loop_forgets(engine, estimator):
    loop, many = (estimator((6,), 0.01, max_features=4, missing="mean", engine=engine, seed=1) for _ in range(2))
    samples = [*stream(120)]
    expected = []
    for x, y in samples:
        expected.append(loop.predict_one(x))
        loop.learn_one(x, y)
    X = pd.DataFrame([x for x, _ in samples], columns=["a", "b", *(f"f{i}" for i in range(8))])
    assert [*many.test_then_train_many(X, [y for _, y in samples])] == expected
    assert bits(many) == bits(loop)
    assert many.n_forgotten_ > 3


def test_a_recycled_column_is_not_found_under_its_old_name():
    """The extension remembers where it found the names of the last sample."""
    model = NormPropClassifier((3,), max_features=2, engine="auto", seed=1)
    names = ["p", "q", "r", "s"]
    for i in range(30):
        model.learn_one({names[i % 4]: float(i), names[(i + 1) % 4]: 1.0}, i % 2)
        known = dict.fromkeys(names, 3.0)
        kept = dict.fromkeys(model.features_, 3.0)
        assert model.predict_proba_one(known) == model.predict_proba_one(kept)


def test_memory_stays_bounded_while_names_pass():
    model = NormPropClassifier((4,), 0.01, max_features=8, seed=1)
    for i in range(100):
        model.learn_one({f"n{i:05}": 1.0}, i % 2)
    before = model._raw_memory_usage
    for i in range(100, 1_000):
        model.learn_one({f"n{i:05}": 1.0}, i % 2)
    assert model._raw_memory_usage == before
    assert len(model._learner.features.columns) == len(model.features_) == 8
    assert model.n_forgotten_ == 992


def test_a_model_within_its_limit_learns_as_one_without():
    free, bound = (NormPropClassifier(seed=1, max_features=limit) for limit in (None, 9))
    for x, y in datasets.Phishing().take(100):
        free.learn_one(x, y)
        bound.learn_one(x, y)
    arrays = bound._arrays()
    assert all(np.array_equal(arrays[name], array) for name, array in free._arrays().items())
    assert bound.n_forgotten_ == free.n_forgotten_ == 0


@pytest.mark.parametrize("limit", [0, -1, 1.5, "9", True])
def test_another_limit_is_refused(limit):
    with pytest.raises(ValueError, match="max_features is an int of 1 or more, or None, not"):
        NormPropRegressor(max_features=limit)


class Name:
    """A feature's name that raises once its hash has been asked for so often."""

    left = 0

    def __init__(self, text):
        self.text = text

    def __hash__(self):
        Name.left -= 1
        if not Name.left:
            raise RuntimeError("no hash")
        return hash(self.text)

    def __eq__(self, other):
        return isinstance(other, Name) and other.text == self.text


@pytest.mark.parametrize("known", ["abc", "ab"], ids=["full", "almost full"])
def test_a_name_that_raises_while_others_are_forgotten_changes_nothing(known):
    model = NormPropRegressor((3,), 0.01, max_features=3, seed=1)
    model.learn_one({Name(letter): 1.0 for letter in known}, 1.0)
    features = model.features_
    sample = {Name("d"): 1.0, Name("e"): 2.0}

    def state():
        learner = model._learner
        return [*learner.features.columns.items()], {k: v.tobytes() for k, v in model._arrays().items()}

    before, failures = state(), 0
    for calls in range(1, 100):
        Name.left = calls
        try:
            model.learn_one(sample, 1.0)
        except RuntimeError:
            failures += 1
            Name.left = 0
            assert model.features_ == features
            assert state() == before
        else:
            break
    Name.left = 0
    assert failures >= 6  # Two names read, and looked up; and whatever has to be written.
    assert {name.text for name in model.features_} > {"d", "e"}
    assert len(model._learner.features.columns) == 3
    assert model.n_forgotten_ == len(known) - 1


def test_the_next_row_with_a_feature_that_is_not_known_by_hand():
    X = np.full((9, 3), np.nan)
    X[2, 0] = X[6, 1] = X[7, 2] = 1.0
    found = [_first_with_value(X, np.array(columns, int)) for columns in ([], [0], [1], [2], [1, 2], [0, 2])]
    assert found == [9, 2, 6, 7, 6, 2]
    assert _first_with_value(X[:6], np.array([1, 2])) == 6
