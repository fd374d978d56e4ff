"""From time steps to windows, alone and in a pipeline."""

import copy
import logging
import math
import pickle

import numpy as np
import pytest
from river import checks, compose

import streamnorm
from streamnorm import Checkpointer, Conv1d, GlobalMaxPool, NormPropClassifier, SlidingWindow


def steps(n, seed=0):
    """Two channels of a wave whose frequency is the class."""
    rng = np.random.default_rng(seed)
    for i in range(n):
        y = i // 60 % 2
        angle = i * (0.3 + 0.5 * y)
        yield {"x": math.sin(angle) + 0.1 * rng.normal(), "y": math.cos(angle) + 0.1 * rng.normal()}, y


def learned(window, samples):
    for x in samples:
        window.learn_one(x)
    return window


def counted(*values):
    return [{"a": value, "b": 10 * value} for value in values]


def values(x):
    return x["window"].tolist() if x else None


def pipeline(size=8, seed=1, **arguments):
    network = NormPropClassifier((Conv1d(4, 3), GlobalMaxPool()), input_shape=(2, size), seed=seed, **arguments)
    return SlidingWindow(size) | network


def test_a_window_is_the_last_samples_channels_first():
    window = learned(SlidingWindow(3), counted(1, 2, 3, 4))
    found = window.transform_one({})["window"]
    assert found.tolist() == [[2, 3, 4], [20, 30, 40]]
    assert found.dtype == np.float64


def test_there_is_none_before_size_samples():
    window = SlidingWindow(3)
    assert window.transform_one({"a": 1}) == {}
    learned(window, counted(1, 2))
    assert window.transform_one({}) == {}
    assert window.held_ == {}
    assert values(window.transform_one({"a": 3, "b": 30})) == [[1, 2, 3], [10, 20, 30]]


def test_a_window_of_one_sample_is_the_sample():
    window = SlidingWindow(1)
    assert window.transform_one({}) == {}
    assert values(window.transform_one({"a": 3})) == [[3]]
    assert window.channels_ == []
    assert values(learned(window, [{"a": 3}]).transform_one({"a": 4})) == [[4]]


def test_what_is_predicted_from_is_what_is_learned_from():
    window = SlidingWindow(4)
    for x, _ in steps(20):
        before = window.transform_one(x)
        window.learn_one(x)
        assert values(window.transform_one(x)) == values(before)


@pytest.mark.parametrize("step", [2, 3, 7])
def test_between_two_steps_the_last_window_stays(step):
    window, size = SlidingWindow(3, step), 3
    samples = counted(*range(40))
    for i, x in enumerate(samples):
        before = window.transform_one(x)
        window.learn_one(x)
        n = i + 1
        end = n - (n - size) % step
        rows = [[10**k * v for v in range(end - size, end)] for k in (0, 1)] if n >= size else None
        assert values(window.transform_one(x)) == values(before) == rows


def test_transform_changes_nothing_nor_does_what_is_done_with_its_array():
    window = learned(SlidingWindow(3), counted(1, 2, 3))
    before = pickle.dumps(window)
    window.transform_one({"a": 5, "c": 1})
    window.transform_one({"a": 5})["window"][:] = 99
    assert pickle.dumps(window) == before


def test_channels_stand_in_the_order_in_which_they_appear_and_sorted_within_a_sample():
    window = learned(SlidingWindow(4), [{"z": 1, "m": 2}, {"a": 5, "m": 4, "z": 3}])
    assert window.channels_ == ["m", "z", "a"]


def test_a_window_waits_until_every_channel_has_a_value_everywhere():
    window = learned(SlidingWindow(3), [{"a": 1}, {"a": 2, "b": 20}, {"a": 3, "b": 30}])
    assert window.transform_one({}) == {}
    assert window.held_ == {"a": 0, "b": 1}
    assert values(window.transform_one({"a": 4, "b": 40})) == [[2, 3, 4], [20, 30, 40]]


@pytest.mark.parametrize("missing", [{}, {"b": None}, {"b": math.nan}, {"b": np.float32("nan")}])
def test_a_missing_channel_holds_its_last_value_and_that_is_told(missing):
    window = learned(SlidingWindow(3), [*counted(1, 2), {"a": 3} | missing])
    assert values(window.transform_one({})) == [[1, 2, 3], [10, 20, 20]]
    assert window.held_ == {"a": 0, "b": 1}


def test_an_empty_sample_holds_every_channel():
    window = learned(SlidingWindow(3), [*counted(1, 2), {}])
    assert values(window.transform_one({})) == [[1, 2, 2], [10, 20, 20]]
    assert window.held_ == {"a": 1, "b": 1}


def test_an_empty_sample_before_the_first_channel_is_none():
    window = learned(SlidingWindow(2), [{}, {"a": None}, {"a": 1}])
    assert window.transform_one({}) == {}
    assert values(window.transform_one({"a": 2})) == [[1, 2]]


def test_without_a_channel_for_a_whole_window_there_is_none_until_it_is_back(caplog):
    window = learned(SlidingWindow(3), [*counted(1, 2, 3), {"a": 4}, {"a": 5}])
    assert values(window.transform_one({})) == [[3, 4, 5], [30, 30, 30]]
    assert window.transform_one({"a": 6}) == {}
    assert not caplog.records
    learned(window, [{"a": 6}, {"a": 7}])
    assert window.transform_one({}) == {}
    assert window.held_ == {"a": 0, "b": 3}
    assert [record.getMessage() for record in caplog.records] == [
        "channels ['b'] had no value in 3 samples: there is no window until they are back"
    ]
    assert values(learned(window, counted(8)).transform_one({})) == [[6, 7, 8], [30, 30, 80]]
    learned(window, [{"a": 1}] * 3)
    assert len(caplog.records) == 1


def test_a_channel_that_comes_too_late_is_left_out_and_that_is_said_once(caplog):
    window = learned(SlidingWindow(2), counted(1, 2))
    late = [x | {"c": 7} for x in counted(3, 4)]
    assert values(window.transform_one(late[0])) == [[2, 3], [20, 30]]
    assert window.n_left_out_ == 0
    learned(window, late)
    assert window.channels_ == ["a", "b"]
    assert values(window.transform_one({})) == [[3, 4], [30, 40]]
    assert window.n_left_out_ == 2
    assert [(record.levelno, record.getMessage()) for record in caplog.records] == [
        (
            logging.WARNING,
            "channels ['c'] are left out: the window has ['a', 'b']. Name those that it is to have as channels, or "
            "restart it",
        )
    ]


def test_a_restart_takes_a_channel_that_came_too_late():
    window = learned(SlidingWindow(2), counted(1, 2))
    learned(window, [x | {"c": 7} for x in counted(3)])
    window.restart()
    learned(window, [x | {"c": 7} for x in counted(4, 5)])
    assert values(window.transform_one({})) == [[4, 5], [40, 50], [7, 7]]


def test_named_channels_have_their_rows_whatever_the_first_sample_lacks():
    window = learned(SlidingWindow(2, channels=("b", "a")), [{"a": 1}, *counted(2), {**counted(3)[0], "c": 9}])
    assert window.channels_ == ["b", "a"]
    assert values(window.transform_one({})) == [[20, 30], [2, 3]]
    assert window.n_left_out_ == 1
    window.restart()
    learned(window, [x | {"c": 9} for x in counted(4, 5)])
    assert values(window.transform_one({})) == [[40, 50], [4, 5]]
    assert window.clone().channels == ("b", "a")


def test_a_window_of_named_channels_is_saved(tmp_path):
    window = learned(SlidingWindow(2, channels=["b", "a"]), counted(1))
    window.save(tmp_path / "window.streamnorm")
    again = streamnorm.load(tmp_path / "window.streamnorm")
    assert again.channels == ("b", "a")
    for each in (window, again):
        learned(each, counted(2))
    assert values(again.transform_one({})) == values(window.transform_one({})) == [[10, 20], [1, 2]]


def test_behind_a_gap_in_time_the_window_starts_again():
    window = learned(SlidingWindow(2), counted(1, 2))
    window.restart()
    assert window.transform_one({}) == {}
    assert window.transform_one({"a": 2, "b": 20}) == {}
    # What was there before the gap is not held.
    learned(window, [{"a": 3}, *counted(4)])
    assert window.transform_one({}) == {}
    assert values(window.transform_one({"a": 5})) == [[4, 5], [40, 40]]


@pytest.mark.parametrize(
    ("x", "error", "said"),
    [
        ({"a": 1.0, "b": math.inf}, ValueError, r"'b' is inf, .* \(an absent channel holds its last value"),
        ({"a": 1.0, "c": "high"}, TypeError, "'c' is the text 'high'"),
        ({"a": [1.0]}, TypeError, r"'a' is \[1\.0\]"),
        ([1.0, 2.0], TypeError, "a sample is a dict"),
    ],
)
def test_a_bad_sample_leaves_the_window_as_it_was(x, error, said):
    window = learned(SlidingWindow(3), counted(1, 2))
    before = pickle.dumps(window)
    for call in (window.learn_one, window.transform_one):
        with pytest.raises(error, match=said):
            call(x)
    assert pickle.dumps(window) == before


@pytest.mark.parametrize("arguments", [{"size": 0}, {"size": 2.0}, {"size": True}, {"size": 3, "step": 0}])
def test_arguments_out_of_range_raise(arguments):
    with pytest.raises(ValueError, match="is an int of 1 or more, not"):
        SlidingWindow(**arguments)


def test_memory_is_bounded_by_the_window():
    window = SlidingWindow(20, 5)
    rng = np.random.default_rng(1)
    sizes = set()
    for i, (a, b) in enumerate(rng.normal(size=(100_000, 2)).tolist()):
        window.learn_one({"a": a, "b": b, **({f"late {i}": a} if i > 20 and i % 9 == 0 else {})})
        if i % 10_000 == 9_999:
            sizes.add(len(pickle.dumps(window)))
    assert window._ring.array.shape == (2, 2, 24)
    assert max(sizes) - min(sizes) <= 4  # Bytes of the counters.


def test_copies_go_on_alike_and_a_clone_has_learned_nothing():
    window = learned(SlidingWindow(3, 2), [*counted(1, 2, 3, 4), {"a": 5}])
    for other in (copy.deepcopy(window), pickle.loads(pickle.dumps(window))):
        learned(other, counted(9))
        assert window.channels_ == ["a", "b"]
        assert values(window.transform_one({})) == [[3, 4, 5], [30, 40, 40]]
        assert values(other.transform_one({"a": 10, "b": 1})) == [[5, 9, 10], [40, 90, 1]]
    clone = window.clone()
    assert (clone.size, clone.step, clone.channels_) == (3, 2, [])


def test_a_saved_pipeline_continues_bit_for_bit(tmp_path):
    model = pipeline()
    stream = [*steps(60)]
    for x, y in stream[:40]:
        model.learn_one(x, y)
    model["SlidingWindow"].save(tmp_path / "window.streamnorm")
    model["NormPropClassifier"].save(tmp_path / "model.streamnorm")
    parts = (streamnorm.load(tmp_path / f"{name}.streamnorm") for name in ("window", "model"))
    resumed = next(parts) | next(parts)
    pickled = pickle.loads(pickle.dumps(model))
    for x, y in stream[40:]:
        assert model.predict_proba_one(x) == resumed.predict_proba_one(x) == pickled.predict_proba_one(x)
        for each in (model, resumed, pickled):
            each.learn_one(x, y)
    assert pickle.dumps(resumed["SlidingWindow"]) == pickle.dumps(pickled["SlidingWindow"])


def test_a_window_is_saved_at_any_time(tmp_path, caplog):
    window = SlidingWindow(3, 2)
    samples = [{}, *counted(1), {"a": 2}, *counted(3, 4), {"a": 5}, {"a": 6}, {"a": 7, "c": 1}, *counted(8, 9)]
    for x in samples:
        window.save(tmp_path / "window.streamnorm")
        again = streamnorm.load(tmp_path / "window.streamnorm")
        for each in (window, again):
            each.learn_one(x)
        assert values(again.transform_one({"a": 1})) == values(window.transform_one({"a": 1}))
        assert (again.channels_, again.held_, again.n_left_out_) == (window.channels_, window.held_, window.n_left_out_)
    assert caplog.records


def test_a_damaged_file_of_a_window_raises(tmp_path):
    path = tmp_path / "window.streamnorm"
    learned(SlidingWindow(3), counted(1, 2, 3)).save(path)
    content = path.read_bytes()
    path.write_bytes(content.replace(b'size\\": 3', b'size\\": 4'))
    with pytest.raises(ValueError, match="not a streamnorm model, or is damaged"):
        streamnorm.load(path)
    path.write_bytes(content[:-40])
    with pytest.raises(ValueError, match="not a streamnorm model, or is damaged"):
        streamnorm.load(path)


@pytest.mark.parametrize("samples", [[], [{"a": 1.0}]], ids=["new", "learned"])
def test_a_checkpointer_does_not_take_a_window_for_its_model(tmp_path, samples):
    SlidingWindow(3).save(tmp_path / "file")
    model = NormPropClassifier()
    for x in samples:
        model.learn_one(x, True)
    with pytest.raises(ValueError, match="holds a SlidingWindow, not a NormPropClassifier"):
        Checkpointer(model, tmp_path / "file")


def test_before_the_first_window_a_pipeline_learns_nothing():
    model = pipeline()
    classifier = model["NormPropClassifier"]
    for x, y in [*steps(7)]:
        model.learn_one(x, y)
    untaught = pipeline()["NormPropClassifier"]
    untaught.learn_one({}, 0)
    x = {"window": np.ones((2, 8))}
    assert classifier.predict_proba_one(x) == untaught.predict_proba_one(x)
    assert classifier._learner.standardizer.count.max() == 0
    for x, y in [*steps(8)][7:]:
        model.learn_one(x, y)
    assert classifier._learner.standardizer.count.max() > 0


def unlabelled_by_transformer(model, x):
    model["SlidingWindow"].learn_one(x)


def unlabelled_by_predicting(model, x):
    with compose.learn_during_predict():
        model.predict_one(x)


@pytest.mark.parametrize("unlabelled", [unlabelled_by_transformer, unlabelled_by_predicting])
def test_labels_may_come_now_and_then(unlabelled):
    model, window = pipeline(), SlidingWindow(8)
    direct = pipeline()["NormPropClassifier"]
    for i, (x, y) in enumerate(steps(60)):
        window.learn_one(x)
        if i % 5:
            unlabelled(model, x)
        else:
            model.learn_one(x, y)
            direct.learn_one(window.transform_one(x), y)
    assert model["SlidingWindow"]._ring.n == 60
    now = window.transform_one({})
    assert model["NormPropClassifier"].predict_proba_one(now) == direct.predict_proba_one(now)


def test_a_label_that_comes_late_is_learned_with_the_window_of_its_time():
    late, at_once, waiting = pipeline(), pipeline(), []
    stream = [*steps(60)]
    for x, y in stream:
        at_once.learn_one(x, y)
        late["SlidingWindow"].learn_one(x)
        waiting.append((late["SlidingWindow"].transform_one({}), y))
        if len(waiting) > 5:
            late["NormPropClassifier"].learn_one(*waiting.pop(0))
    for then, y in waiting:
        late["NormPropClassifier"].learn_one(then, y)
    assert late.predict_proba_one(stream[0][0]) == at_once.predict_proba_one(stream[0][0])


def test_in_a_block_that_learns_during_predict_nothing_is_appended_twice():
    model, usual = pipeline(), pipeline()
    with compose.learn_during_predict():
        for x, y in steps(40):
            model.predict_one(x)
            model.learn_one(x, y)
    for x, y in steps(40):
        usual.predict_one(x)
        usual.learn_one(x, y)
    assert pickle.dumps(model["SlidingWindow"]) == pickle.dumps(usual["SlidingWindow"])
    x = {"x": 0.5, "y": 0.5}
    assert model.predict_proba_one(x) == usual.predict_proba_one(x)


def test_river_finds_that_the_order_within_a_sample_does_not_matter():
    """Its own check compares arrays with ==, which is no truth value."""
    assert SlidingWindow(2)._unit_test_skips() == {"check_shuffle_features_no_impact"}
    one, other = SlidingWindow(2), SlidingWindow(2)
    for x in counted(1, 2, 3):
        one.learn_one(x)
        other.learn_one(dict(reversed(x.items())))
        assert values(one.transform_one({})) == values(other.transform_one({}))


@pytest.mark.parametrize("arguments", [*SlidingWindow._unit_test_params()], ids=["every", "every-second"])
def test_rivers_checks_of_a_transformer(arguments):
    model = SlidingWindow(**arguments)
    found = [check.__name__ for check in checks.yield_checks(model)]
    assert len(found) == 26  # What River 0.26.1 generates. Fewer would mean that some silently vanished.
    for i, name in enumerate(found):
        model = SlidingWindow(**arguments)
        if name not in model._unit_test_skips():
            [*checks.yield_checks(model)][i](model)
