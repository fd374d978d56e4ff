"""`streamnorm train` on a file whose columns are the values of one array, and the other commands on its model."""

import csv
import json

import numpy as np
import pytest
from click.testing import CliRunner
from sklearn.datasets import load_digits

import streamnorm
from streamnorm.cli.app import app
from streamnorm.export import EdgeModel

ROWS = 60


@pytest.fixture
def digits(tmp_path):
    """Images of 8 x 8, row after row; a cell of one is empty."""
    found = load_digits()
    path = tmp_path / "digits.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([f"p{i}" for i in range(64)] + ["target"])
        rows = [[*image, label] for image, label in zip(found.data[:ROWS], found.target[:ROWS], strict=True)]
        rows[5][9] = ""
        writer.writerows(rows)
    return path


def images():
    found = load_digits()
    for i, (image, label) in enumerate(zip(found.images[:ROWS], found.target[:ROWS], strict=True)):
        array = image[np.newaxis].copy()
        if i == 5:
            array[0, 1, 1] = np.nan
        yield {"array": array}, int(label)


def run(*arguments):
    return CliRunner().invoke(app, [*map(str, arguments)])


OPTIONS = ("--target", "target", "--hidden", "image", "--input-shape", "1,8,8")


def test_a_file_of_images_trains_a_net_of_convolutions(digits, tmp_path):
    saved, onnx = tmp_path / "digits.streamnorm", tmp_path / "digits.onnx"
    result = run("train", digits, *OPTIONS, "--model", saved, "--onnx", onnx, "--json")
    assert result.exit_code == 0, result.output
    model = streamnorm.NormPropClassifier("image", input_shape=(1, 8, 8), missing="mean", seed=42)
    right = []
    for x, y in images():
        right.append(model.predict_one(x) == y)
        model.learn_one(x, y)
    assert json.loads(result.stdout)["metrics"]["accuracy"] == pytest.approx(sum(right) / ROWS, abs=1e-12)
    assert streamnorm.load(saved).predict_proba_one(x) == model.predict_proba_one(x)
    # A file computes in float32.
    assert EdgeModel(onnx).predict_proba_one(x) == pytest.approx(model.predict_proba_one(x), abs=1e-5)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--hidden", "image", "--input-shape", "1,8,9"), "has 72 values; a row is a whole image"),
        (("--input-shape", "3,50"), "has 150 values; a row is a whole window"),
        (("--hidden", "image", "--input-shape", "8x8"), "not '8x8'"),
        (("--hidden", "image", "--input-shape", "64"), "not '64'"),
        (("--hidden", "image"), "as --input-shape 6,50"),
        (("--hidden", "sensor", "--input-shape", "1,8,8"), "needs input_shape=(channels, steps), such as (3, 50)"),
    ],
)
def test_what_does_not_fit_is_said_in_one_line(digits, options, said):
    result = run("train", digits, "--target", "target", *options)
    assert result.exit_code == 1
    assert said in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_column_of_text_is_not_part_of_an_array(tmp_path):
    path = tmp_path / "texts.csv"
    path.write_text("a,b,target\n1,x,0\n2,y,1\n")
    result = run("train", path, "--target", "target", "--input-shape", "1,2")
    assert result.exit_code == 1
    assert "column 'b' holds text" in result.stderr


def test_the_other_commands_take_the_model_or_say_why_not(digits, tmp_path):
    saved, onnx, again = (tmp_path / name for name in ("digits.streamnorm", "digits.onnx", "again.onnx"))
    assert run("train", digits, *OPTIONS, "--model", saved, "--onnx", onnx).exit_code == 0
    told = run("info", saved)
    assert told.exit_code == 0, told.output
    assert (
        "layers      1 x 8 x 8 - conv 8 (5 x 5) - max (2 x 2) - conv 16 (5 x 5) - max (2 x 2) - 64 - 10\n"
        in told.stdout
    )
    assert run("info", onnx).exit_code == 0
    exported = run("export", saved, "--onnx", again)
    assert exported.exit_code == 0, exported.output
    for command in (("predict", onnx, digits), ("check", saved, onnx, digits)):
        result = run(*command)
        assert result.exit_code == 1
        assert "takes arrays of (1, 8, 8), not the columns of a file" in result.stderr


def test_a_window_is_not_a_model(tmp_path):
    path = tmp_path / "window.streamnorm"
    streamnorm.SlidingWindow(3).save(path)
    result = run("info", path)
    assert result.exit_code == 1
    assert "holds a SlidingWindow, not a model" in result.stderr
