"""The device side: dicts in, predictions out, a file that goes on; and the way home."""

import onnx
import pytest
from devices import STREAMS, assert_arrays_are_close, device_of, trained

import streamnorm
from streamnorm import NormPropClassifier
from streamnorm.export import EdgeLearner


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.onnx"


def memory(device):
    """All that learning changes, as values that can be compared."""
    return {name: array.tobytes() for name, array in device._session.state.items()}, device.classes_


def assert_close(home, live):
    """Within 1e-9 of the largest number in each array: 500 float64 steps in another order of additions."""
    assert home._get_params() == live._get_params()
    assert home._state() == live._state()
    assert_arrays_are_close(home, live)


@pytest.mark.parametrize("stream", STREAMS)
@pytest.mark.parametrize("optimizer", ["sgd", "rmsprop", "adam"])
def test_to_the_device_and_home_again(stream, optimizer, path):
    live = trained(stream, optimizer=optimizer, dtype="float64")
    rows = [*STREAMS[stream].take(800)]
    device = device_of(live, path)
    for x, y in rows[100:600]:
        live.learn_one(x, y)
        device.learn_one(x, y)
    device.save(path)
    home = streamnorm.load_edge(path)
    assert_close(home, live)
    for x, y in rows[600:]:
        if stream == "trump":
            assert home.predict_one(x) == pytest.approx(live.predict_one(x), rel=1e-9)
        else:
            assert home.predict_proba_one(x) == pytest.approx(live.predict_proba_one(x), abs=1e-9)
        home.learn_one(x, y)
        live.learn_one(x, y)


def test_predictions_are_those_of_the_live_model(path):
    for stream in ("phishing", "segments"):
        live = trained(stream)
        device = device_of(live, path)
        assert device.features_ == live.features_
        for x, y in STREAMS[stream].take(600):
            p, expected = device.predict_proba_one(x), live.predict_proba_one(x)
            assert list(p) == list(expected) == device.classes_
            # Two float32 networks, learning side by side.
            assert [*p.values()] == pytest.approx([*expected.values()], abs=1e-5)
            assert sum(p.values()) == pytest.approx(1.0, abs=1e-9)
            assert device.predict_one(x) == max(p, key=p.get)
            live.learn_one(x, y)
            device.learn_one(x, y)


def test_a_regression(path):
    live = trained("trump")
    device = device_of(live, path)
    for x, y in STREAMS["trump"].take(600):
        assert device.predict_one(x) == pytest.approx(live.predict_one(x), rel=1e-5)
        live.learn_one(x, y)
        device.learn_one(x, y)
    assert device.classes_ == []
    with pytest.raises(NotImplementedError, match="use predict_one"):
        device.predict_proba_one(x)


def test_predicting_changes_nothing(path):
    device = device_of(trained("phishing"), path)
    before = memory(device)
    for x, _ in STREAMS["phishing"].take(20):
        device.predict_one(x)
        device.predict_proba_one(x)
    assert memory(device) == before


def test_absent_and_unknown_features(path):
    live = trained("phishing", dtype="float64")
    device = device_of(live, path)
    for k, (x, y) in enumerate(STREAMS["phishing"].take(100)):
        known = {name: value for j, (name, value) in enumerate(x.items()) if (j + k) % 4}
        assert device.predict_proba_one({"unknown": 1e9, **known}) == pytest.approx(
            live.predict_proba_one(known), abs=1e-9
        )
        device.learn_one({"unknown": 1e9, **known}, y)
        live.learn_one(known, y)
    assert device.predict_proba_one({}) == pytest.approx(live.predict_proba_one({}), abs=1e-9)


def test_weights(path):
    live = trained("phishing", dtype="float64")
    device = device_of(live, path)
    for k, (x, y) in enumerate(STREAMS["phishing"].take(100)):
        live.learn_one(x, y, w=(0, 0.5, 2, 100)[k % 4])
        device.learn_one(x, y, w=(0, 0.5, 2, 100)[k % 4])
    assert device.predict_proba_one(x) == pytest.approx(live.predict_proba_one(x), abs=1e-9)


@pytest.mark.parametrize(
    ("x", "y", "w", "error", "words"),
    [
        ({"https": float("nan")}, True, 1.0, ValueError, "feature 'https' is nan"),
        ({"https": "yes"}, True, 1.0, TypeError, "feature 'https' is the text 'yes'"),
        ([1.0], True, 1.0, TypeError, "a sample is a dict"),
        ({"https": 1.0}, 1.5, 1.0, TypeError, "a label is a bool, int or str"),
        ({"https": 1.0}, "yes", 1.0, TypeError, "label 'yes' is str"),
        ({"https": 1.0}, True, -1.0, ValueError, "the sample weight is -1"),
    ],
)
def test_after_an_error_nothing_has_changed(x, y, w, error, words, path):
    device = device_of(trained("phishing"), path, spare_classes=1)
    before = memory(device)
    with pytest.raises(error, match=words):
        device.learn_one(x, y, w)
    if not (isinstance(x, dict) and x == {"https": 1.0}):
        with pytest.raises(error, match=words):
            device.predict_one(x)
    assert memory(device) == before


def test_a_target_that_is_none(path):
    device = device_of(trained("trump"), path)
    before = memory(device)
    for y, error in ((float("inf"), ValueError), (None, TypeError), ("high", TypeError)):
        with pytest.raises(error, match=r"the target is .* (Leave the sample out|Classify it)"):
            device.learn_one({}, y)
    assert memory(device) == before


@pytest.mark.parametrize("optimizer", ["sgd", "rmsprop", "adam"])
@pytest.mark.parametrize("rate", ["auto", 0.005])
def test_a_spare_class_is_taken(optimizer, rate, path):
    live = NormPropClassifier((16, 8), rate, optimizer, dtype="float64", seed=1)
    rows = [*STREAMS["segments"].take(900)]
    late = {"sky", "grass"}
    for x, y in rows:
        if y not in late:
            live.learn_one(x, y)
    device = device_of(live, path, spare_classes=3)
    known = len(device.classes_)
    for k, (x, y) in enumerate(rows):
        p = device.predict_proba_one(x)
        assert p == pytest.approx(live.predict_proba_one(x), abs=1e-9)
        assert list(p) == live.classes_
        live.learn_one(x, y)
        device.learn_one(x, y)
        if k == 4:  # Sky was met before the file is closed, grass is met after.
            device.save(path)
            device = EdgeLearner(path)
    assert len(device.classes_) == known + 2
    device.save(path)
    assert_close(streamnorm.load_edge(path), live)


def test_no_spare_class_is_left(path):
    device = device_of(trained("segments", n=300), path, spare_classes=1)
    x = next(iter(STREAMS["segments"]))[0]
    device.learn_one(x, "moon")
    before = memory(device)
    with pytest.raises(ValueError, match=r"class 'mars' is new.*beside 'path', .*'window', 'moon'\..*spare_classes="):
        device.learn_one(x, "mars")
    assert memory(device) == before
    assert "moon" in device.predict_proba_one(x)


def test_classes_are_met_on_the_device_only(path):
    live = NormPropClassifier((8,), dtype="float64", seed=1)
    live._learner.add_features(["a", "b"])
    device = device_of(live, path, spare_classes=2)
    assert device.predict_proba_one({"a": 1.0}) == {}
    assert device.predict_one({"a": 1.0}) is None
    for k in range(50):
        x, y = {"a": float(k % 5), "b": float(k % 3)}, "odd" if k % 2 else "even"
        live.learn_one(x, y)
        device.learn_one(x, y)
        assert device.predict_proba_one(x) == pytest.approx(live.predict_proba_one(x), abs=1e-9)
    device.save(path)
    assert_close(streamnorm.load_edge(path), live)


@pytest.mark.parametrize("stream", STREAMS)
def test_a_saved_file_goes_on_bit_for_bit(stream, path, tmp_path):
    device = device_of(trained(stream), path)
    exported = path.read_bytes()
    rows = [*STREAMS[stream].take(400)]
    device.save(path)
    assert path.read_bytes() == exported  # Nothing learned, nothing changed.
    for k, (x, y) in enumerate(rows):
        if k == 201:  # Odd: the other set of arrays is the present one.
            device.save(path)
            assert list(tmp_path.iterdir()) == [path]
            resumed = EdgeLearner(path)
            assert memory(resumed) == memory(device)
        if k >= 201:
            assert resumed.predict_one(x) == device.predict_one(x)
            resumed.learn_one(x, y)
        device.learn_one(x, y)
    assert memory(resumed) == memory(device)
    onnx.checker.check_model(path, full_check=True)
    assert path.stat().st_size == len(exported)


def test_the_state_stays_where_it_is(path):
    """Steps write the arrays that were bound at the start, the two sets in turn."""
    device = device_of(trained("phishing"), path)
    places = [
        {name: array.ctypes.data for name, array in device._session.state.items()},
    ]
    seen = []
    for x, y in STREAMS["phishing"].take(4):
        device.learn_one(x, y)
        places.append({name: array.ctypes.data for name, array in device._session.state.items()})
        seen.append(device._session.state["state.count"].copy())
    assert places[0] == places[2] == places[4]
    assert places[1] == places[3]
    assert not {*places[0].values()} & {*places[1].values()}
    assert [count[0, 0] for count in seen] == [101, 102, 103, 104]


@pytest.mark.parametrize("optimizer", ["sgd", "rmsprop", "adam"])
def test_the_best_replica_alone(optimizer, path):
    model = trained("phishing", n=600, optimizer=optimizer, dtype="float64")
    rate = max(model.learning_rates_, key=model.learning_rates_.get)
    alone = trained("phishing", n=600, optimizer=optimizer, learning_rate=rate, dtype="float64")
    device = device_of(model, path, which="best")
    for x, y in STREAMS["phishing"].take(100):
        assert device.predict_proba_one(x) == pytest.approx(alone.predict_proba_one(x), abs=1e-9)
        alone.learn_one(x, y)
        device.learn_one(x, y)
    device.save(path)
    assert_close(streamnorm.load_edge(path), alone)
