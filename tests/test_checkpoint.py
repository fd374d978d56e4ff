"""Saved and loaded, a model goes on bit for bit; what is not such a file is refused."""

import json
import os
import stat
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from models import bits
from mutants import edited, resealed, with_header
from river import datasets
from safetensors.numpy import load_file, save_file

import streamnorm
from streamnorm import NormPropClassifier, NormPropRegressor, safetensors

STREAMS = {NormPropClassifier: datasets.ImageSegments, NormPropRegressor: datasets.TrumpApproval}
VARIANTS = [
    {},
    {"engine": "reference"},
    {"learning_rate": 0.003},
    {"optimizer": "sgd"},
    {"optimizer": "adam", "dtype": "float64"},
    {"hidden": ()},
    {"hidden": [8, 4, 3], "activation": "gelu", "learning_rate": 0.01},
    {"standardize": False, "fading_factor": 0.01},
    {"engine": "autograd"},
    {"seed": None},
]


def learned(estimator, n=100, **arguments):
    model = estimator(**{"seed": 1, **arguments})
    for x, y in STREAMS[estimator]().take(n):
        model.learn_one(x, y)
    return model


@pytest.mark.parametrize("estimator", STREAMS, ids=lambda estimator: estimator.__name__)
@pytest.mark.parametrize("arguments", VARIANTS, ids=str)
def test_resumed_is_bit_for_bit_straight_through(estimator, arguments, tmp_path):
    model = learned(estimator, **arguments)
    model.save(tmp_path / "model")
    resumed = streamnorm.load(tmp_path / "model")
    assert type(resumed) is estimator
    assert bits(resumed) == bits(model)
    for x, y in [*STREAMS[estimator]().take(200)][100:]:
        # A feature and, in ImageSegments, classes that appear after the break.
        x = {**x, "new": len(x) * 0.5}
        assert resumed.predict_one(x) == model.predict_one(x)
        resumed.learn_one(x, y)
        model.learn_one(x, y)
    assert bits(resumed) == bits(model)


@pytest.mark.parametrize("estimator", STREAMS, ids=lambda estimator: estimator.__name__)
def test_a_model_that_has_seen_nothing_travels_too(estimator, tmp_path):
    model = estimator(seed=None)
    model.save(str(tmp_path / "model"))
    resumed = streamnorm.load(str(tmp_path / "model"))
    for x, y in STREAMS[estimator]().take(20):
        model.learn_one(x, y)
        resumed.learn_one(x, y)
    assert bits(resumed) == bits(model)


def test_names_and_labels_keep_their_types(tmp_path):
    model = NormPropClassifier(seed=1)
    x = {"a": 1.0, 2: 2.0, ("b", 3): 3.0, True: 4.0, 2.5: 5.0, None: 6.0}
    model.learn_one(x, True)
    model.learn_one(x, False)
    model.save(tmp_path / "model")
    resumed = streamnorm.load(tmp_path / "model")
    assert [(type(name), name) for name in resumed.features_] == [(type(name), name) for name in model.features_]
    assert resumed.classes_ == [True, False]
    assert resumed.predict_proba_one(x) == model.predict_proba_one(x)


def test_the_file_is_safetensors(tmp_path):
    model = learned(NormPropClassifier)
    model.save(tmp_path / "model")
    arrays = load_file(tmp_path / "model")
    assert arrays.keys() - {"sha256"} == model._arrays().keys()
    for name, array in model._arrays().items():
        np.testing.assert_array_equal(arrays[name], array)
        assert arrays[name].dtype == array.dtype


def test_a_name_that_no_file_can_hold_is_refused_and_the_old_file_stays(tmp_path):
    model = learned(NormPropRegressor)
    model.save(tmp_path / "model")
    before = (tmp_path / "model").read_bytes()
    model.learn_one({frozenset({1}): 1.0}, 1.0)
    with pytest.raises(TypeError, match="Rename it in front of the model"):
        model.save(tmp_path / "model")
    assert (tmp_path / "model").read_bytes() == before
    assert os.listdir(tmp_path) == ["model"]


def test_a_directory_that_is_not_there_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        NormPropRegressor().save(tmp_path / "nowhere" / "model")


@pytest.mark.skipif(os.name != "posix", reason="the mode bits of a file are POSIX")
def test_the_file_has_the_usual_permissions(tmp_path):
    (tmp_path / "usual").write_bytes(b"")
    NormPropRegressor().save(tmp_path / "model")
    assert stat.S_IMODE((tmp_path / "model").stat().st_mode) == stat.S_IMODE((tmp_path / "usual").stat().st_mode)


def test_a_foreign_safetensors_file_is_refused(tmp_path):
    save_file({"network.0.W": np.zeros((2, 2), np.float32)}, tmp_path / "model")
    with pytest.raises(ValueError, match="model is not a streamnorm model, or is damaged"):
        streamnorm.load(tmp_path / "model")


@pytest.mark.parametrize(
    "content", [b"", b"short", b"PK\x03\x04" + bytes(100), b"\x80\x04" + bytes(100), b"\xff" * 200]
)
def test_a_foreign_file_is_refused(content, tmp_path):
    (tmp_path / "model").write_bytes(content)
    with pytest.raises(ValueError, match="is not a streamnorm model"):
        streamnorm.load(tmp_path / "model")


EDITS = {
    "a later format": lambda h, d: d.update(format=5),
    "another class": lambda h, d: d.update({"class": "__import__"}),
    "another width": lambda h, d: d["parameters"].update(hidden=[10**9, 64]),
    "a wrong argument": lambda h, d: d["parameters"].update(optimizer="magic"),
    "an unknown argument": lambda h, d: d["parameters"].update(magic=1),
    "another optimiser": lambda h, d: d["parameters"].update(optimizer="adam"),
    "a feature less": lambda h, d: d["state"]["features"].pop(),
    "a feature twice": lambda h, d: d["state"]["features"].append(d["state"]["features"][0]),
    "a label less": lambda h, d: d["state"]["labels"].pop(),
    "mixed labels": lambda h, d: d["state"]["labels"].append(1),
    "no seed": lambda h, d: d["state"].pop("seed"),
    "text for labels": lambda h, d: d["state"].update(labels="abcdefg"),
    "wide layers without arrays": lambda h, d: d["parameters"].update(hidden=[64, 64, 10**6]),
    "a negative seed": lambda h, d: d["state"].update(seed=-1),
    "one learning rate": lambda h, d: d["parameters"].update(learning_rate=0.005),
    "an array less": lambda h, d: h.pop("features.mean"),
    "overlapping arrays": lambda h, d: h["network.0.1.W"].update(data_offsets=[0, 16384]),
    "a negative shape": lambda h, d: h["network.0.1.W"].update(shape=[-64, -64]),
    "an unknown dtype": lambda h, d: h["network.0.1.W"].update(dtype="F8"),
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_a_file_that_contradicts_itself_is_refused(edit, tmp_path):
    learned(NormPropClassifier).save(tmp_path / "model")
    path = tmp_path / "model"
    path.write_bytes(edited(path.read_bytes(), edit))
    with pytest.raises(ValueError, match="is not a streamnorm model, or is damaged"):
        streamnorm.load(path)


NEVER_NEGATIVE = ["features.variance", "features.count", "target.variance", "network.weights", "network.smoothed"]
NEVER_NEGATIVE += ["network.samples", "network.0.0.W.v", "network.1.steps", "network.2.1.last"]


@pytest.mark.parametrize("name", NEVER_NEGATIVE)
def test_negative_squares_are_refused(name, tmp_path):
    model = learned(NormPropRegressor)
    model._arrays()[name].flat[0] = -1.0
    model.save(tmp_path / "model")
    with pytest.raises(ValueError, match=f"array {name} is negative"):
        streamnorm.load(tmp_path / "model")


def test_a_huge_layer_is_refused_before_it_is_built(tmp_path):
    """Its gains and biases would fit the file, its weights are 80 GB."""
    learned(NormPropClassifier, hidden=(4,)).save(tmp_path / "model")
    units = 100_000
    header = {"g": [units], "b": [units], "W": [4, 18]}
    arrays = {f"network.0.{i}.{name}": np.zeros(header[name], np.float32) for i in (0, 1) for name in header}

    def edit(h, d):
        d["parameters"]["hidden"] = [units, units]

    content = (tmp_path / "model").read_bytes()
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    other = safetensors.encode(header["__metadata__"]["streamnorm"], arrays)
    (tmp_path / "model").write_bytes(edited(other, edit))
    with pytest.raises(ValueError, match="the layer widths and the arrays differ"):
        streamnorm.load(tmp_path / "model")


@pytest.mark.skipif(os.name != "posix", reason="symlinks need a privilege on Windows")
def test_a_symlink_stays_one(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "model")
    NormPropRegressor().save(tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert streamnorm.load(tmp_path / "model").features_ == []


@pytest.mark.parametrize("weights", [[0.0, 0.0, 0.0], [5.0, 5.0, 5.0], [1e308, 0.0, 0.0]])
def test_weights_that_are_no_shares_are_refused(weights, tmp_path):
    model = learned(NormPropRegressor)
    model._arrays()["network.weights"][:] = weights
    model.save(tmp_path / "model")
    with pytest.raises(ValueError, match="do not sum to 1"):
        streamnorm.load(tmp_path / "model")


@pytest.mark.parametrize("name", ["network.1.steps", "network.samples", "network.0.0.last"])
def test_counts_that_could_not_go_on_are_refused(name, tmp_path):
    model = learned(NormPropRegressor)
    model._arrays()[name][:] = 2**63 - 1
    model.save(tmp_path / "model")
    with pytest.raises(ValueError, match="counts further than any model could"):
        streamnorm.load(tmp_path / "model")


def test_a_unit_that_learned_in_the_future_is_refused(tmp_path):
    model = learned(NormPropRegressor)
    model._arrays()["network.1.0.last"][3] = 10**6
    model.save(tmp_path / "model")
    with pytest.raises(ValueError, match="a unit's last step has not been taken"):
        streamnorm.load(tmp_path / "model")


@pytest.mark.parametrize("mean", [1e300, -1e39])
def test_a_mean_that_no_float32_holds_is_refused(mean, tmp_path):
    model = NormPropClassifier((2,), seed=1)
    model.learn_one({"a": 1.0}, True)
    model._learner.standardizer.mean[0] = mean
    model.save(tmp_path / "model")
    with pytest.raises(ValueError, match=r"array features.mean is larger than a mean could be"):
        streamnorm.load(tmp_path / "model")


def test_numbers_that_are_not_finite_are_refused(tmp_path):
    model = learned(NormPropRegressor)
    model._learner.mixture.networks[0].parameters[0]["W"].value[0, 0] = np.nan
    model.save(tmp_path / "model")
    with pytest.raises(ValueError, match=r"array network.0.0.W is not finite"):
        streamnorm.load(tmp_path / "model")


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    path = tmp_path_factory.mktemp("saved") / "model"
    learned(NormPropClassifier, hidden=(4,)).save(path)
    return path


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_a_damaged_file_loads_as_a_model_or_raises_value_error(saved, data):
    content = bytearray(saved.read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        # Half of the damage goes to the header, which is a small part of the file.
        at = data.draw(st.integers(0, len(content) - 1) | st.integers(0, 2000))
        content[at] = data.draw(st.integers(0, 255))
    content = content[: data.draw(st.just(len(content)) | st.integers(0, len(content)))]
    path = saved.with_name("damaged")
    path.write_bytes(resealed(content))
    try:
        model = streamnorm.load(path)
    except ValueError as error:
        assert "is not a streamnorm model, or is damaged" in str(error)  # noqa: PT017
    else:
        assert all(np.isfinite(array).all() for array in model._arrays().values())
        assert model.predict_one({}) in model.classes_


@pytest.mark.parametrize("part", ["length", "header", "arrays", "digest"])
def test_one_bit_of_damage_is_found(saved, part):
    content = bytearray(saved.read_bytes())
    end = 8 + int.from_bytes(content[:8], "little")
    ranges = {"length": range(8), "header": range(8, end), "arrays": range(end, len(content) - 32)}
    places = ranges.get(part, range(len(content) - 32, len(content)))
    path = saved.with_name("damaged")
    for at in places[:: max(1, len(places) // 50)]:
        content[at] ^= 1 << at % 8
        path.write_bytes(content)
        with pytest.raises(ValueError, match="is not a streamnorm model, or is damaged"):
            streamnorm.load(path)
        content[at] ^= 1 << at % 8


def test_another_format_is_named(saved):
    path = saved.with_name("damaged")
    path.write_bytes(edited(saved.read_bytes(), lambda h, d: d.update(format=3)))
    with pytest.raises(ValueError, match="format 3, where this version reads 4"):
        streamnorm.load(path)


HEADERS = {
    "nested beyond any stack": '{"__metadata__": ' + "[" * 100_000,
    "a key twice": '{"__metadata__": {}, "__metadata__": {}}',
    "a constant that is none of JSON's": '{"__metadata__": NaN}',
    "an int of 5,000 digits": '{"__metadata__": {"streamnorm": ' + "9" * 5_000 + "}}",
    "a list": "[]",
    "not text": "\x00",
    "a text as an array": '{"__metadata__": {"streamnorm": "{}"}, "a": "b"}',
    "an array of many axes": '{"__metadata__": {"streamnorm": "{}"}, "a": {"dtype": "F32", "shape": ['
    + ", ".join(["9" * 4_000] * 100)
    + '], "data_offsets": [0, 0]}}',
}


@pytest.mark.parametrize("header", HEADERS.values(), ids=HEADERS)
def test_a_header_that_asks_for_too_much(saved, header):
    path = saved.with_name("damaged")
    path.write_bytes(with_header(saved.read_bytes(), header))
    with pytest.raises(ValueError, match="is not a streamnorm model, or is damaged"):
        streamnorm.load(path)


def test_a_header_longer_than_any_is_not_read(saved):
    """100 MB and a byte, of which the disk holds nothing."""
    path = saved.with_name("damaged")
    with path.open("wb") as file:
        file.write((100_000_001).to_bytes(8, "little"))
        file.truncate(200_000_000)
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match="it does not begin as one"):
            streamnorm.load(path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 10**6


def test_labels_do_not_make_a_head_that_the_file_does_not_hold(tmp_path):
    """A million labels fit a header; with 1,000 units before them they would be weights of 4 GB."""
    path = tmp_path / "model"
    learned(NormPropClassifier, hidden=(1000,), learning_rate=0.01, optimizer="sgd").save(path)
    path.write_bytes(edited(path.read_bytes(), lambda h, d: d["state"].update(labels=[*map(str, range(10**6))])))
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match="the layer widths and the arrays differ"):
            streamnorm.load(path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 20 * path.stat().st_size


def test_a_file_that_no_loader_would_take_is_not_written(tmp_path):
    class Own(NormPropClassifier):
        pass

    with pytest.raises(TypeError, match="a Own could not be loaded again"):
        Own().save(tmp_path / "model")
    model = NormPropClassifier(seed=1)
    model.learn_one({float("inf"): 1.0}, True)
    with pytest.raises(TypeError, match=r"feature name inf is no number in JSON"):
        model.save(tmp_path / "model")
    assert os.listdir(tmp_path) == []
