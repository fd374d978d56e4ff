"""Models as C: compiled for this machine, run, and compared with onnxruntime and with the live model.

A prediction in C is a float32 computation of the same numbers as the ONNX file's, rounded elsewhere: they agree within
1e-5, for a value beyond 1 relative to it, as the file agrees with the model (test_export_parity.py).

Learning walks the same path as the live model, but every build of the kernel rounds in an order of its own, and each
step hands its roundings on to the next: after 500 steps 2e-7 to 2e-5 are left, and 1e-4 is allowed. A step left
out, or one at another rate, costs 1e-2 and more.
"""

from __future__ import annotations

import copy
import itertools
import math
import random
import subprocess
import tomllib
from pathlib import Path

import c_programs
import numpy as np
import onnxruntime as ort
import pytest
from c_programs import STRICT, build, predictions, rows, run
from river import datasets

from streamnorm import NormPropClassifier, NormPropRegressor
from streamnorm.activations import ACTIVATIONS
from streamnorm.export import to_c, to_onnx
from streamnorm.export.c import learning
from streamnorm.optim import OPTIMIZERS

PREDICTION = 1e-5
LEARNING = 1e-4
COMPILERS = c_programs.compilers()

pytestmark = pytest.mark.skipif(not COMPILERS, reason="there is no C compiler here")


def compiler():
    return [*next(iter(COMPILERS.values())), "-O1"]


def segments(n, skip=0):
    return list(itertools.islice(datasets.ImageSegments(), skip, skip + n))


def phishing(n, skip=0):
    return list(itertools.islice(datasets.Phishing(), skip, skip + n))


def trump(n, skip=0):
    return list(itertools.islice(datasets.TrumpApproval(), skip, skip + n))


def shifted(n, seed=7, mean=1e6, scale=1e3):
    """Features far from zero, of any scale, constant, spiking, or absent in every third sample."""
    rng = random.Random(seed)
    samples = []
    for i in range(n):
        a, b = rng.gauss(0, 1), rng.gauss(0, 1)
        spike = 1e3 if rng.random() < 0.02 else 1.0
        x = {"far": mean + scale * a * spike, "small": 1e-6 * b, "constant": mean, "sometimes": a - b}
        if i % 3 == 2:
            del x["sometimes"]
        samples.append((x, int(a + b > 0) + int(a > 1)))
    return samples


def trained(model, stream):
    for x, y in stream:
        model.learn_one(x, y)
    return model


def outputs(model):
    return len(model.classes_) if isinstance(model, NormPropClassifier) else 1


def runtime(model, samples, which="mixture"):
    """What onnxruntime says of the samples; an absent feature is its mean."""
    session = ort.InferenceSession(to_onnx(model, which=which).SerializeToString(), providers=["CPUExecutionProvider"])
    means = model._learner.standardizer.mean.astype(np.float32) if model.standardize else np.float32(0.0)
    x = np.where(np.isnan(samples[:, :-1]), means, samples[:, :-1])
    return session.run(None, {"x": x})[-1].reshape(-1, outputs(model))


def assert_predicts(model, stream, directory, **arguments):
    samples = rows(model, stream)
    found = predictions(build(model, directory, compiler(), **arguments), samples, outputs(model))
    np.testing.assert_allclose(found, runtime(model, samples, **arguments), rtol=PREDICTION, atol=PREDICTION)


def assert_learns(model, stream, directory, tolerance=LEARNING, **arguments):
    """The program and the live model predict alike, test-then-train over the stream."""
    samples = rows(model, stream)
    program = build(model, directory, compiler(), learn=True, **arguments)
    live = copy.deepcopy(model)
    expected = []
    for x, y in stream:
        if isinstance(model, NormPropClassifier):
            expected.append([*live.predict_proba_one(x).values()])
        else:
            expected.append([live.predict_one(x)])
        live.learn_one(x, y)
    found = predictions(program, samples, outputs(model))
    unit = 1.0 if isinstance(model, NormPropClassifier) else live._learner.target.sd[0]
    np.testing.assert_allclose(found / unit, np.array(expected) / unit, rtol=0.0, atol=tolerance)
    # What it has learned is far more than that.
    assert np.abs(found - runtime(model, samples, **arguments)).max() > 10.0 * tolerance * unit


@pytest.mark.parametrize("which", ["mixture", "best"])
@pytest.mark.parametrize("hidden", [(), (16,), (20, 7, 3)], ids=str)
def test_predictions_of_classes(hidden, which, tmp_path):
    assert_predicts(
        trained(NormPropClassifier(hidden, seed=1), segments(500)), segments(300, 500), tmp_path, which=which
    )


@pytest.mark.parametrize("which", ["mixture", "best"])
@pytest.mark.parametrize("hidden", [(), (16, 16)], ids=str)
def test_predictions_of_values(hidden, which, tmp_path):
    assert_predicts(trained(NormPropRegressor(hidden, seed=1), trump(500)), trump(300, 500), tmp_path, which=which)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_predictions_with_every_activation(activation, tmp_path):
    model = NormPropClassifier((8, 4), activation=activation, learning_rate=0.01, seed=1)
    assert_predicts(trained(model, phishing(500)), phishing(300, 500), tmp_path)


def test_predictions_with_features_far_off_and_absent(tmp_path):
    assert_predicts(trained(NormPropClassifier((16,), seed=1), shifted(400)), shifted(300, seed=8), tmp_path)


@pytest.mark.parametrize("arguments", [{"standardize": False}, {"dtype": "float64"}], ids=str)
def test_predictions_of_other_models(arguments, tmp_path):
    assert_predicts(trained(NormPropClassifier((8,), seed=1, **arguments), phishing(300)), phishing(300), tmp_path)


@pytest.mark.parametrize("rate", ["auto", 0.01])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_learning_classes(optimizer, rate, tmp_path):
    model = NormPropClassifier((16, 8), learning_rate=rate, optimizer=optimizer, seed=1)
    assert_learns(trained(model, segments(100)), segments(600, 100), tmp_path)


@pytest.mark.parametrize("rate", ["auto", 0.01])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_learning_values(optimizer, rate, tmp_path):
    model = NormPropRegressor((16, 8), learning_rate=rate, optimizer=optimizer, seed=1)
    assert_learns(trained(model, trump(100)), trump(600, 100), tmp_path)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_learning_with_every_activation(activation, tmp_path):
    model = NormPropClassifier((8,), activation=activation, learning_rate=0.01, seed=1)
    assert_learns(trained(model, phishing(100)), phishing(500, 100), tmp_path)


def test_learning_with_features_far_off_and_absent(tmp_path):
    model = trained(NormPropClassifier((16,), fading_factor=0.01, seed=1), shifted(100))
    assert_learns(model, shifted(500, seed=8), tmp_path)


def test_learning_without_hidden_layers_and_standardizer(tmp_path):
    model = NormPropRegressor((), standardize=False, loss="squared_error", seed=1)
    assert_learns(trained(model, trump(100)), trump(500, 100), tmp_path)


def test_learning_from_a_float64_model(tmp_path):
    assert_learns(
        trained(NormPropClassifier((8,), dtype="float64", seed=1), phishing(100)), phishing(500, 100), tmp_path
    )


def test_a_replica_that_is_lost_starts_again_from_the_leader(tmp_path):
    # Every 1,000 samples those that have fallen behind do.
    model = trained(NormPropClassifier((8,), optimizer="sgd", seed=1), segments(700))
    samples = [*segments(1600, 700)]
    assert_learns(model, samples, tmp_path)


def test_the_best_replica_learns_on_alone(tmp_path):
    model = trained(NormPropClassifier((8,), seed=1), phishing(200))
    rates = model.learning_rates_
    alone = trained(NormPropClassifier((8,), learning_rate=max(rates, key=rates.get), seed=1), phishing(200))
    samples = rows(model, phishing(500, 200))
    found = predictions(build(model, tmp_path / "a", compiler(), learn=True, which="best"), samples, 2)
    expected = predictions(build(alone, tmp_path / "b", compiler(), learn=True), samples, 2)
    np.testing.assert_array_equal(found, expected)  # The very same numbers and sources.


def test_learning_goes_on_from_a_kept_state(tmp_path):
    model = trained(NormPropClassifier((8,), seed=1), phishing(100))
    program = build(model, tmp_path, compiler(), "resume.c", learn=True)
    first, second = np.split(predictions(program, rows(model, phishing(200, 100)), 2), 2)
    np.testing.assert_array_equal(first, second)
    assert np.abs(first[0] - first[-1]).max() > 0.01


def test_what_is_no_target_is_ignored(tmp_path):
    model = trained(NormPropClassifier((4,), seed=1), phishing(100))
    samples = np.repeat(rows(model, phishing(1, 100)), 4, axis=0)
    samples[:, -1] = [2, -1, 0, 0]
    found = predictions(build(model, tmp_path / "a", compiler(), learn=True), samples, 2)
    np.testing.assert_array_equal(found[:3], found[[0, 0, 0]])
    assert (found[3] != found[0]).all()
    model = trained(NormPropRegressor((4,), seed=1), trump(100))
    samples = np.repeat(rows(model, trump(1, 100)), 4, axis=0)
    samples[:, -1] = [np.nan, np.inf, 40.0, 40.0]
    found = predictions(build(model, tmp_path / "b", compiler(), learn=True), samples, 1)
    np.testing.assert_array_equal(found[:3], found[[0, 0, 0]])
    assert found[3] != found[0]


@pytest.mark.parametrize("learn", [False, True])
def test_what_is_not_finite_is_absent_and_what_is_beyond_is_bounded(learn, tmp_path):
    model = trained(NormPropClassifier((4,), learning_rate=0.01, seed=1), phishing(200))
    ((x, y),) = phishing(1, 200)
    name = model.features_[0]
    without = {other: value for other, value in x.items() if other != name}
    samples = np.repeat(rows(model, [(without, y)]), 5, axis=0)
    samples[:, 0] = [np.nan, np.inf, -np.inf, 3e38, -3e38]
    found = predictions(build(model, tmp_path, compiler(), learn=learn), samples, 2)
    expected = []
    for x in [without] * 3 + [without | {name: 3e38}, without | {name: -3e38}]:
        expected.append([*model.predict_proba_one(x).values()])
        if learn:
            model.learn_one(x, y)
    np.testing.assert_allclose(found, expected, rtol=0.0, atol=PREDICTION)
    assert np.abs(found[3] - found[2]).max() > 1e-3


def test_a_target_that_is_beyond_is_bounded(tmp_path):
    model = trained(NormPropRegressor((4,), seed=1), trump(100))
    ((x, _),) = trump(1, 100)
    samples = rows(model, [(x, 3e38)] * 3)
    found = predictions(build(model, tmp_path, compiler(), learn=True), samples, 1)
    expected = []
    for _ in samples:
        expected.append([model.predict_one(x)])
        model.learn_one(x, 3e38)
    np.testing.assert_allclose(found, expected, rtol=LEARNING)
    assert found[2] > found[0]


KINDS = {
    "classes": (lambda: trained(NormPropClassifier((8,), seed=1), segments(100)), {}),
    "values": (lambda: trained(NormPropRegressor((8,), seed=1), trump(100)), {}),
    "learning classes": (lambda: trained(NormPropClassifier((8,), seed=1), segments(100)), {"learn": True}),
    "learning values": (
        lambda: trained(NormPropRegressor((8,), optimizer="sgd", learning_rate=0.1, seed=1), trump(100)),
        {"learn": True},
    ),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["cc", "clang"])
def test_no_warning(name, kind, tmp_path):
    if name not in COMPILERS:
        pytest.skip(f"{name} is not installed")
    make, arguments = KINDS[kind]
    paths = to_c(make(), tmp_path, **arguments)
    for optimize in ("-O0", "-O3"):  # Some warnings need the optimiser.
        run([*COMPILERS[name], *STRICT, optimize, "-c", *(p for p in paths if p.suffix == ".c")], tmp_path)


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_called_but_mathematics_and_memory(kind, tmp_path):
    make, arguments = KINDS[kind]
    paths = to_c(make(), tmp_path, **arguments)
    run([*compiler(), *STRICT, "-fno-stack-protector", "-c", *(p for p in paths if p.suffix == ".c")], tmp_path)
    try:
        symbols = run(["nm", *tmp_path.glob("*.o")], tmp_path).split("\n")
    except FileNotFoundError:
        pytest.skip("there is no nm here")
    undefined = {line.split()[-1] for line in symbols if " U " in line}
    defined = {line.split()[-1] for line in symbols if len(line.split()) == 3}
    single = {"sqrtf", "tanhf", "expf", "erff", "log1pf"}
    double = {"sqrt", "tanh", "exp", "log", "log1p", "pow"}
    assert "sn_forward" in defined
    assert undefined - defined <= single | double | {"memcpy", "memset", "_GLOBAL_OFFSET_TABLE_"}


@pytest.mark.parametrize("kind", KINDS)
def test_the_workspace_is_what_the_kernel_asks_for(kind, tmp_path):
    make, arguments = KINDS[kind]
    run([build(make(), tmp_path, compiler(), "workspace.c", **arguments)], tmp_path)


@pytest.mark.parametrize("learn", [False, True])
def test_sanitizers_find_nothing(learn, tmp_path):
    flags = [*compiler(), "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover"]
    (tmp_path / "empty.c").write_text("int main(void) { return 0; }\n")
    tried = subprocess.run([*flags, "empty.c"], cwd=tmp_path, capture_output=True, check=False)
    if tried.returncode:
        pytest.skip("the C compiler here has no sanitizers")
    model = trained(NormPropClassifier((9, 5), seed=1), shifted(200))
    samples = rows(model, shifted(200, seed=8))
    samples[:20, :-1] *= np.float32(1e32)  # Some beyond what a float holds.
    found = predictions(build(model, tmp_path / "model", flags, learn=learn), samples, 3)
    # 3 classes in float32.
    np.testing.assert_allclose(found.sum(axis=1), 1.0, rtol=0, atol=1e-6)


def constants(source, name):
    """The numbers of an array in a C source, as Python reads them."""
    body = source.split(f".{name} = {{", 1)[1].split("}", 1)[0]
    return [float(number.rstrip("f")) for number in body.replace("\n", " ").split(",") if number.strip()]


def test_numbers_come_back_as_the_same_bits(tmp_path):
    model = trained(NormPropClassifier((16,), learning_rate=0.01, seed=1), phishing(300))
    to_c(model, tmp_path, learn=True)
    source = (tmp_path / "model.c").read_text()
    network = model._learner.mixture.networks[0]
    W = network.parameters[0]["W"]
    assert np.array(constants(source, "W_0"), np.float32).tobytes() == W.value.tobytes()
    assert np.array(constants(source, "W_0_v"), np.float32).tobytes() == W.state["v"].tobytes()
    assert constants(source, "features_mean") == model._learner.standardizer.mean.tolist()
    assert constants(source, "last_0") == network.last[0].tolist()
    assert constants(source, "step") == [network.step]


def test_names_of_features_and_classes(tmp_path):
    wild = ['"?/??/', "*/ int x; /*", "Größe\n", 3, ("a", 1), "\\"]
    model = NormPropClassifier((2,), seed=1)
    for label in ('say "??/"', "Ä\x07\\"):
        model.learn_one(dict.fromkeys(wild, 1.0), label)
    program = build(model, tmp_path, compiler())
    assert len(predictions(program, rows(model, [({}, model.classes_[0])]), 2)) == 1
    show = '#include <stdio.h>\n#include "model.h"\nint main(void) { for (int i = 0; i < MODEL_CLASSES; i++)'
    (tmp_path / "show.c").write_text(show + ' printf("%s|", model_classes[i]); return 0; }\n')
    sources = [*tmp_path.glob("[mks]*.c")]
    run([*compiler(), *STRICT, *sources, "-o", "show", "-lm"], tmp_path)
    assert run([tmp_path / "show"], tmp_path).split("|")[:2] == model.classes_


@pytest.mark.parametrize("labels", [(True, False), (7, -(2**63) + 1, -(2**63))])
def test_classes_that_are_numbers(labels, tmp_path):
    model = trained(NormPropClassifier((2,), seed=1), [({"a": float(i)}, label) for i, label in enumerate(labels)])
    to_c(model, tmp_path)
    run([*compiler(), *STRICT, "-c", "model.c"], tmp_path)
    table = (tmp_path / "model.c").read_text().split("model_classes[MODEL_CLASSES] = {")[1].split("}")[0]
    values = [label.strip().replace("INT64_MIN", str(-(2**63))) for label in table.split(",")]
    assert [int(value) for value in values if value] == list(map(int, labels))


def test_the_directory_is_made_and_written_again(tmp_path):
    model = trained(NormPropClassifier((2,), seed=1), phishing(10))
    paths = to_c(model, str(tmp_path / "a/b"))
    assert sorted(paths) == sorted((tmp_path / "a/b").iterdir())
    again = to_c(model, tmp_path / "a/b", learn=True)
    assert set(paths) < set(again) == set((tmp_path / "a/b").iterdir())
    (tmp_path / "a/b/mine.c").write_text("")
    without = to_c(model, tmp_path / "a/b")
    assert {*without, tmp_path / "a/b/mine.c"} == set((tmp_path / "a/b").iterdir())


def test_a_wheel_holds_the_sources():
    root = Path(__file__).parent.parent
    setuptools = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["setuptools"]
    inits = [
        path.relative_to(root).parent
        for home in ("streamnorm", "export")
        for path in (root / home).rglob("__init__.py")
    ]
    packages = [
        ".".join(path.parts if path.parts[0] == "streamnorm" else ("streamnorm", *path.parts)) for path in inits
    ]
    assert sorted(packages) == sorted(setuptools["packages"])
    data = setuptools["package-data"]
    folders = {name: root / name.replace("streamnorm.export", "export").replace(".", "/") for name in data}
    held = {
        path.name for name, patterns in data.items() for pattern in patterns for path in folders[name].glob(pattern)
    }
    assert {*learning.KERNEL, *(path.name for path in (root / "export/c/functions").iterdir())} <= held


def test_exporting_changes_nothing(tmp_path):
    model, twin = (trained(NormPropClassifier((4,), seed=1), phishing(100)) for _ in range(2))
    to_c(model, tmp_path, learn=True)
    trained(model, phishing(100, 100))
    trained(twin, phishing(100, 100))
    assert model.predict_proba_one(phishing(1)[0][0]) == twin.predict_proba_one(phishing(1)[0][0])
    assert math.isclose(sum(model.predict_proba_one({}).values()), 1.0)
