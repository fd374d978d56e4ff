"""The command on models of several labels or targets."""

import csv
import io

import pytest
from test_cli_models import error, run
from test_several_export import BOTH, learned, numbers, stream

from streamnorm import NormPropMultiLabelClassifier, NormPropMultiTargetRegressor
from streamnorm.export import to_onnx


@pytest.fixture
def table(tmp_path):
    samples = [x for x, _ in stream(NormPropMultiTargetRegressor, 50, seed=1)]
    with (tmp_path / "samples.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, ["a", "b", "c"])
        writer.writeheader()
        writer.writerows(samples)
    return samples, tmp_path / "samples.csv"


@BOTH
def test_a_saved_model_is_shown_exported_checked_and_predicts(estimator, table, tmp_path):
    samples, file = table
    model = learned(estimator)
    saved, onnx = tmp_path / "m.streamnorm", tmp_path / "m.onnx"
    model.save(saved)
    key = "labels" if estimator is NormPropMultiLabelClassifier else "targets"
    for learn in ([], ["--learn"]):
        run("export", saved, "--onnx", onnx, *learn)
        for path in (saved, onnx):
            shown = run("info", path)
            assert f"model       {model._task}, " in shown
            assert f"{key:<11} 3: down, far, up" in shown
        assert "rows        50" in run("check", saved, onnx, file)
        rows = [*csv.reader(io.StringIO(run("predict", onnx, file)))]
        prefix = "p_" if key == "labels" else ""
        assert rows[0] == [f"{prefix}{name}" for name in ("down", "far", "up")]
        for x, row in zip(samples, rows[1:], strict=True):
            expected = numbers(model, x)
            if key == "targets":
                expected["far"] *= 7.0
            assert [*map(float, row)] == pytest.approx([*expected.values()], rel=1e-5, abs=1e-5)  # Float32.
    assert "not what this model learns from" in error("check", saved, onnx, file, "--target", "a")
    assert "wrote" in run("export", saved, "--c", tmp_path / "c")


def test_a_file_of_another_task_is_told_apart(table, tmp_path):
    learned(NormPropMultiLabelClassifier).save(tmp_path / "m.streamnorm")
    to_onnx(learned(NormPropMultiTargetRegressor), tmp_path / "m.onnx")
    assert "has another task" in error("check", tmp_path / "m.streamnorm", tmp_path / "m.onnx", table[1])
