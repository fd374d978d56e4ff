"""Models on emulated microcontrollers, built and run by the Makefile of examples/microcontroller.

QEMU has no Cortex-M0+: what is compiled for one, without a floating-point unit, runs on the Cortex-M0 of the micro:bit,
which has the same instructions, 16 kB of memory, and an emulator that stops at any other instruction.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import c_programs
import numpy as np
import onnxruntime as ort
import pytest
from river import datasets
from windows import learned, waves

from streamnorm import Conv1d, GlobalMaxPool, MaxPool, NormPropClassifier, NormPropRegressor
from streamnorm.export import to_c, to_onnx

EXAMPLE = Path(__file__).parent.parent / "examples/microcontroller"
PROGRAMS = Path(__file__).parent / "c"
TOOLS = ("make", "arm-none-eabi-gcc", "qemu-system-arm")
MISSING = [tool for tool in TOOLS if not shutil.which(tool)]
# All machines compute in IEEE floats, and libraries differ in a function's last bit: the boards are 0 to 3e-8 from the
# same sources on x86-64, and 2e-7 from the live model, also after 150 steps.
TOLERANCE = 1e-5

pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"not installed here: {', '.join(MISSING)}")


def on_board(board, model, samples, directory, learn):
    """What the program predicts on the board."""
    to_c(model, directory / "model", learn=learn)
    samples.tofile(directory / "samples.bin")
    sources = f"{PROGRAMS / 'main.c'} {PROGRAMS / 'io_semihosting.c'}"
    defines = f"-I{PROGRAMS} {'-DLEARN' if learn else ''}"
    variables = {"BOARD": board, "MODEL": directory / "model", "MAIN": sources, "DEFINES": defines}
    variables["OUT"] = directory / "program.elf"
    command = ["make", "-f", EXAMPLE / "Makefile", "run", *(f"{name}={value}" for name, value in variables.items())]
    c_programs.run(command, directory)
    return np.fromfile(directory / "predictions.bin", np.float32).reshape(len(samples), -1)


def classifier():
    stream = list(datasets.ImageSegments().take(450))
    model = NormPropClassifier((16,), learning_rate=0.01, seed=1)
    for x, y in stream[:300]:
        model.learn_one(x, y)
    return model, stream[300:]


def regressor():
    stream = list(datasets.TrumpApproval().take(450))
    model = NormPropRegressor((8,), seed=1)
    for x, y in stream[:300]:
        model.learn_one(x, y)
    return model, stream[300:]


@pytest.mark.parametrize("trained", [classifier, regressor])
@pytest.mark.parametrize("board", ["mps2", "microbit"])
def test_predictions(board, trained, tmp_path):
    model, stream = trained()
    samples = c_programs.rows(model, stream)
    found = on_board(board, model, samples, tmp_path, learn=False)
    session = ort.InferenceSession(to_onnx(model).SerializeToString(), providers=["CPUExecutionProvider"])
    expected = session.run(None, {"x": samples[:, :-1]})[-1].reshape(len(samples), -1)
    np.testing.assert_allclose(found, expected, rtol=TOLERANCE, atol=TOLERANCE)


@pytest.mark.parametrize("trained", [classifier, regressor])
@pytest.mark.parametrize("board", ["mps2", "microbit"])
def test_learning(board, trained, tmp_path):
    model, stream = trained()
    samples = c_programs.rows(model, stream)
    samples[::3, 0] = c_programs.ABSENT
    found = on_board(board, model, samples, tmp_path, learn=True)
    first = model.features_[0]
    for i, ((x, y), prediction) in enumerate(zip(stream, found, strict=True)):
        x = {name: value for name, value in x.items() if i % 3 or name != first}
        live = model.predict_proba_one(x).values() if trained is classifier else [model.predict_one(x)]
        np.testing.assert_allclose(prediction, list(live), rtol=TOLERANCE, atol=TOLERANCE)
        model.learn_one(x, y)


@pytest.mark.parametrize(("board", "learn"), [("mps2", True), ("microbit", False)])
def test_windows(board, learn, tmp_path):
    hidden, shape = (Conv1d(4, 5), MaxPool(2), Conv1d(6, 3), GlobalMaxPool(), 8), (3, 20)
    model = learned(NormPropClassifier(hidden, input_shape=shape, learning_rate=0.01, seed=1), waves(shape, 60))
    stream = waves(shape, 60, seed=1)
    samples = [[*x["window"].T.ravel(), model.classes_.index(y)] for x, y in stream]
    found = on_board(board, model, np.array(samples, np.float32), tmp_path, learn)
    for (x, y), prediction in zip(stream, found, strict=True):
        np.testing.assert_allclose(prediction, [*model.predict_proba_one(x).values()], rtol=TOLERANCE, atol=TOLERANCE)
        if learn:
            model.learn_one(x, y)
    assert np.ptp(found, axis=0).min() > 0.1  # The windows are not all one to the model.


def test_variables_leave_room_for_the_stack(tmp_path):
    to_c(classifier()[0], tmp_path / "model")
    command = ["make", "-f", EXAMPLE / "Makefile", "build", "BOARD=microbit"]
    command += [
        f"{name}={tmp_path / path}" for name, path in [("MODEL", "model"), ("MAIN", "main.c"), ("OUT", "out.elf")]
    ]
    for size, fits in ((15 * 1024, True), (15 * 1024 + 8, False)):  # Of 16.
        (tmp_path / "main.c").write_text(f"char large[{size}]; int main(void) {{ return large[9]; }}\n")
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (done.returncode == 0) == fits, done.stderr
    assert "no room for the stack" in done.stderr


@pytest.mark.parametrize("board", ["mps2", "microbit"])
def test_the_example(board, tmp_path):
    example = tmp_path / "example"
    shutil.copytree(EXAMPLE, example, ignore=shutil.ignore_patterns("model", "stream.h", "*.elf"))
    # The emulator prints to the standard error.
    command = f"make run BOARD={board} PYTHON={sys.executable} 2>&1"
    output = c_programs.run(["sh", "-c", command], example)
    here, device = (re.search(rf"(\d+) of (\d+) right {where}", output) for where in ("here", "on the device"))
    assert here is not None, output
    assert device is not None, output
    assert here.groups() == device.groups() == ("1067", "1155")
