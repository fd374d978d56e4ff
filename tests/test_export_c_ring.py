"""Windows that a program in C makes of samples: those of SlidingWindow, in the order in which it takes them.

The tolerances are those of test_export_c.py.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import c_programs
import numpy as np
import pytest
from c_programs import STRICT, build, predictions, run
from river import compose, preprocessing
from windows import learned, waves

from streamnorm import Conv1d, GlobalMaxPool, MaxPool, NormPropClassifier, NormPropRegressor, SlidingWindow
from streamnorm.export import to_c

PREDICTION = 1e-5
LEARNING = 1e-4
COMPILERS = c_programs.compilers()
SENSOR = (Conv1d(4, 5), MaxPool(2), Conv1d(6, 3), GlobalMaxPool(), 8)
SERIES = (3, 20)
PAGE = Path(__file__).parent.parent / "docs/microcontrollers.md"
CHANNELS = ("ax", "ay", "az")

needs_compiler = pytest.mark.skipif(not COMPILERS, reason="there is no C compiler here")


def compiler():
    return [*next(iter(COMPILERS.values())), "-O1"]


def classifier(hidden, shape):
    return learned(NormPropClassifier(hidden, input_shape=shape, seed=1), waves(shape, 40))


def steps(n, seed):
    """Single samples of three channels: missing now and then, one of them also for a while."""
    rng = np.random.default_rng(seed)
    values = np.sin(np.arange(n)[:, None] * [0.2, 0.5, 0.9] + rng.uniform(0, 6, 3)) + 0.2 * rng.standard_normal((n, 3))
    values[rng.random((n, 3)) < 0.1] = np.nan
    values[n // 3 : n // 3 + 25, 1] = np.nan
    values[:4, 2] = np.nan
    return [(dict(zip(CHANNELS, row, strict=True)), "abc"[i // 30 % 3]) for i, row in enumerate(values.tolist())]


@needs_compiler
@pytest.mark.parametrize(("step", "learn"), [(1, False), (1, True), (7, True), (30, False)])
def test_windows_are_those_of_sliding_window(step, learn, tmp_path):
    """With a restart in the middle. Between windows the program has none, and the pipeline still shows the last."""
    window = SlidingWindow(20, step)
    model = window | NormPropClassifier(SENSOR, input_shape=SERIES, seed=1)
    learned(model, steps(300, seed=0))
    network = model["NormPropClassifier"]
    program = build(model, tmp_path, compiler(), "ring.c", learn=learn)
    window.restart()
    stream, expected, restarts = steps(400, seed=1), [], (250,)
    stream[350][0]["ax"] = 2e38  # Which counts as 1e38.
    since = 0
    for i, (x, y) in enumerate(stream):
        if i in restarts:
            window.restart()
            since = 0
        since += 1
        window.learn_one(x)
        sample = window.transform_one({})
        if sample and (since - 20) % step == 0:
            expected.append([1.0, *network.predict_proba_one(sample).values(), *sample["window"].T.ravel()])
            if learn:
                network.learn_one(sample, y)
        else:
            expected.append([0.0] * 64)
    samples = [[i in restarts, *x.values(), network.classes_.index(y)] for i, (x, y) in enumerate(stream)]
    found = predictions(program, np.array(samples, np.float32), 64)
    expected = np.array(expected)
    np.testing.assert_array_equal(found[:, 0], expected[:, 0])
    np.testing.assert_array_equal(found[:, 4:], expected[:, 4:].astype(np.float32))
    np.testing.assert_allclose(found[:, :4], expected[:, :4], rtol=0.0, atol=LEARNING if learn else PREDICTION)
    assert np.ptp(found[found[:, 0] > 0, 1:4], axis=0).max() > 0.1  # The windows are not all one to the model.
    assert 0.5 / step < found[:, 0].mean() < 0.95 / step + 0.01


@needs_compiler
def test_sanitizers_find_nothing(tmp_path):
    flags = [*compiler(), "-fsanitize=address,undefined", "-fno-sanitize-recover"]
    (tmp_path / "empty.c").write_text("int main(void) { return 0; }\n")
    if subprocess.run([*flags, "empty.c"], cwd=tmp_path, capture_output=True, check=False).returncode:
        pytest.skip("the C compiler here has no sanitizers")
    samples = np.array([[i == 40, *x.values(), 0] for i, (x, _) in enumerate(steps(80, seed=1))], np.float32)
    found = predictions(build(classifier(SENSOR, SERIES), tmp_path, flags, "ring.c"), samples, 64)
    assert 0 < found[:, 0].sum() < 80


@needs_compiler
def test_the_program_of_the_page(tmp_path):
    model = SlidingWindow(20) | NormPropClassifier(SENSOR, input_shape=SERIES, seed=1)
    to_c(learned(model, steps(300, seed=0)), tmp_path)
    (program,) = [code for code in re.findall(r"```c\n(.*?)```", PAGE.read_text(), re.DOTALL) if "main" in code]
    (tmp_path / "main.c").write_text(program)
    run([*compiler(), *STRICT, *tmp_path.glob("*.c"), "-o", tmp_path / "program", "-lm"], tmp_path)
    stream = [x for x, _ in steps(120, seed=1)]
    text = "\n".join(" ".join(map(repr, x.values())) for x in stream)
    command = [tmp_path / "program"]
    written = subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout.split()
    model["SlidingWindow"].restart()
    expected = []
    for x in stream:
        model["SlidingWindow"].learn_one(x)
        if model["SlidingWindow"].transform_one({}):
            expected.append(model.predict_one({}))
    assert written == expected
    assert len({*written}) > 1


def test_the_header_says_what_x_is(tmp_path):
    to_c(classifier(SENSOR, SERIES), tmp_path)
    header = (tmp_path / "model.h").read_text()
    assert (
        "#define MODEL_CHANNELS 3\n#define MODEL_STEPS 20\n#define MODEL_FEATURES (MODEL_STEPS * MODEL_CHANNELS)"
        in header
    )
    assert "x is a window [MODEL_STEPS][MODEL_CHANNELS]" in header
    # Twice 20 samples, the last values, and for how long they are held: of 3 channels, 4 bytes each.
    assert "The samples take 504 bytes" in header
    to_c(classifier((8,), (2, 4, 5)), tmp_path)
    header = (tmp_path / "model.h").read_text()
    assert re.findall(r"#define (MODEL_(?:HEIGHT|WIDTH|CHANNELS)) (\d)", header) == [
        ("MODEL_CHANNELS", "2"),
        ("MODEL_HEIGHT", "4"),
        ("MODEL_WIDTH", "5"),
    ]
    assert "model_push" not in header + (tmp_path / "model.c").read_text()


def test_channels_have_the_names_of_the_pipeline(tmp_path):
    model = SlidingWindow(20, step=7) | NormPropClassifier(SENSOR, input_shape=SERIES, seed=1)
    to_c(learned(model, steps(200, seed=0)), tmp_path, learn=True)
    header = (tmp_path / "model.h").read_text()
    assert re.findall(r"\[(\d)\]  \"(\w+)\"", header) == [("0", "ax"), ("1", "ay"), ("2", "az")]
    assert "from MODEL_STEPS samples on with every 7th" in header


@pytest.mark.parametrize("learn", [False, True])
def test_what_selects_channels_leaves_no_trace(learn, tmp_path):
    discard = compose.Discard("ax")
    model = discard | SlidingWindow(20) | NormPropClassifier(SENSOR, input_shape=(2, 20), seed=1)
    learned(model, steps(100, seed=0))
    to_c(model, tmp_path / "with", learn=learn)
    to_c(model["SlidingWindow"] | model["NormPropClassifier"], tmp_path / "without", learn=learn)
    assert '"ax"' not in (tmp_path / "with/model.h").read_text()
    for path in (tmp_path / "with").iterdir():
        assert path.read_bytes() == (tmp_path / "without" / path.name).read_bytes()


def test_what_cannot_be_exported(tmp_path):
    with pytest.raises(ValueError, match="call learn_one before"):
        to_c(NormPropRegressor(SENSOR, input_shape=SERIES), tmp_path / "out")
    model = preprocessing.StandardScaler() | SlidingWindow(20) | NormPropClassifier(SENSOR, input_shape=SERIES, seed=1)
    stream = [({name: 0.0 if value != value else value for name, value in x.items()}, y) for x, y in steps(100, seed=0)]
    learned(model, stream)
    for learn in (False, True):
        with pytest.raises(ValueError, match="StandardScaler stands in front of SlidingWindow"):
            to_c(model, tmp_path / "out", learn=learn)
    other = SlidingWindow(9) | model["NormPropClassifier"]
    learned(other["SlidingWindow"], [])
    with pytest.raises(ValueError, match="which is not what is behind it"):
        to_c(other, tmp_path / "out")
    with pytest.raises(ValueError, match="only a SlidingWindow may stand there"):
        to_c(compose.Discard("a") | model["NormPropClassifier"], tmp_path / "out")
    assert list(tmp_path.iterdir()) == []
