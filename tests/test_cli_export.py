"""`streamnorm export` and `check`."""

import csv

import onnxruntime as ort
import pytest
from click.testing import CliRunner
from river import datasets

import streamnorm
from streamnorm import NormPropClassifier, NormPropRegressor
from streamnorm.cli.app import app
from streamnorm.export import EdgeLearner, EdgeModel


def run(*arguments, status=0):
    result = CliRunner().invoke(app, [*map(str, arguments)])
    assert result.exit_code == status, result.output
    return result.stdout


def error(*arguments):
    result = CliRunner().invoke(app, [*map(str, arguments)])
    assert result.exit_code == 1
    assert result.stderr.startswith("streamnorm: ")
    assert result.stderr.count("\n") == 1
    return result.stderr


def shown(output):
    return dict(line.split(maxsplit=1) for line in output.replace("same label", "same_label").splitlines())


def table(path, samples):
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, [*samples[0][0], "target"])
        writer.writeheader()
        writer.writerows({**x, "target": y} for x, y in samples)
    return path


def trained(model, samples):
    for x, y in samples:
        model.learn_one(x, y)
    return model


@pytest.fixture
def phishing(tmp_path):
    """A model of the first 300 samples, saved, and 400 samples as a table."""
    samples = [*datasets.Phishing().take(400)]
    trained(NormPropClassifier((8,), seed=1), samples[:300]).save(tmp_path / "m.streamnorm")
    return tmp_path / "m.streamnorm", table(tmp_path / "t.csv", samples)


@pytest.fixture
def approval(tmp_path):
    samples = [*datasets.TrumpApproval().take(400)]
    trained(NormPropRegressor((8,), seed=1), samples[:300]).save(tmp_path / "m.streamnorm")
    return tmp_path / "m.streamnorm", table(tmp_path / "t.csv", samples)


@pytest.mark.parametrize("stream", ["phishing", "approval"])
@pytest.mark.parametrize("which", ["mixture", "best"])
def test_an_exported_file_is_the_saved_model(stream, which, request, tmp_path):
    saved, samples = request.getfixturevalue(stream)
    path = tmp_path / "m.onnx"
    assert (
        run("export", saved, "--onnx", path, "--which", which)
        == f"wrote {path} ({path.stat().st_size / 1000:,.1f} kB)\n"
    )
    if which == "mixture":
        lines = shown(run("check", saved, path, samples))
        assert lines["rows"] == "400"
        assert lines.get("same_label", "400") == "400"
        # The float32 of the file against the float64 of the live model's last sums.
        assert 0.0 <= float(lines["difference"].split()[0]) < 1e-5
    else:
        assert path.stat().st_size < 0.6 * streamnorm.load(saved)._raw_memory_usage


@pytest.mark.parametrize("stream", ["phishing", "approval"])
def test_a_file_that_learns(stream, request, tmp_path):
    saved, samples = request.getfixturevalue(stream)
    path = tmp_path / "m.onnx"
    run("export", saved, "--onnx", path, "--learn")
    # Two float32 trajectories of 400 steps, rounded in another order.
    lines = shown(run("check", saved, path, samples, "--target", "target", "--tolerance", "1e-3"))
    assert lines["rows"] == "400, each learned by both after it was predicted"


def test_spare_classes(phishing, tmp_path):
    run("export", phishing[0], "--onnx", tmp_path / "m.onnx", "--learn", "--spare-classes", 1)
    assert EdgeLearner(tmp_path / "m.onnx").classes_ == [True, False]


def test_int8(phishing, tmp_path):
    run("export", phishing[0], "--onnx", tmp_path / "m.onnx", "--int8")
    edge, live = EdgeModel(tmp_path / "m.onnx"), streamnorm.load(phishing[0])
    gap = max(abs(edge.predict_proba_one(x)[True] - live.predict_proba_one(x)[True]) for x, _ in datasets.Phishing())
    # It is an approximation, and a near one.
    assert 1e-5 < gap < 0.1


def test_c(phishing, tmp_path):
    written = run("export", phishing[0], "--c", tmp_path / "c", "--learn")
    assert f"wrote {tmp_path / 'c' / 'model.h'} (" in written
    assert {"model.c", "model.h", "kernel.c"} <= {path.name for path in (tmp_path / "c").iterdir()}
    assert "model_learn" in (tmp_path / "c" / "model.h").read_text()


def test_a_difference_above_the_tolerance_is_a_failure(phishing, tmp_path):
    saved, samples = phishing
    run("export", saved, "--onnx", tmp_path / "m.onnx", "--int8")
    lines = shown(run("check", saved, tmp_path / "m.onnx", samples, status=1))
    assert lines["difference"].endswith("; tolerance 1e-05")
    assert "at most, in line " in lines["difference"]
    assert float(lines["difference"].split()[0]) > 1e-5


def test_a_file_of_another_model(phishing, tmp_path):
    saved, samples = phishing
    trained(NormPropRegressor((2,), seed=1), [({"a": 1.0}, 2.0)]).save(tmp_path / "other")
    run("export", tmp_path / "other", "--onnx", tmp_path / "m.onnx")
    assert "another task" in error("check", saved, tmp_path / "m.onnx", samples)
    trained(NormPropClassifier((2,), seed=1), [({"a": 1.0}, True)]).save(tmp_path / "other")
    run("export", tmp_path / "other", "--onnx", tmp_path / "m.onnx")
    assert "other features" in error("check", saved, tmp_path / "m.onnx", samples)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "give one of --onnx FILE and --c DIRECTORY"),
        (["--onnx", "a.onnx", "--c", "c"], "give one of"),
        (["--c", "c", "--int8"], "--int8 and --spare-classes are for --onnx"),
        (["--onnx", "a.onnx", "--int8", "--learn"], "leave out --int8 or --learn"),
        (["--onnx", "a.onnx", "--spare-classes", "2"], "add --learn"),
    ],
)
def test_what_does_not_go_together(phishing, tmp_path, monkeypatch, arguments, said):
    monkeypatch.chdir(tmp_path)
    assert said in error("export", phishing[0], *arguments)
    assert {path.name for path in tmp_path.iterdir()} == {"m.streamnorm", "t.csv"}


def test_what_cannot_be_checked(phishing, tmp_path):
    saved, samples = phishing
    plain, learning = tmp_path / "plain.onnx", tmp_path / "learning.onnx"
    run("export", saved, "--onnx", plain)
    run("export", saved, "--onnx", learning, "--learn")
    assert "only predicts: export it with --learn" in error("check", saved, plain, samples, "--target", "target")
    assert "no column 'y'" in error("check", saved, learning, samples, "--target", "y")
    (tmp_path / "odd.csv").write_text("https,target\n1,True\n0,maybe\n")
    said = error("check", saved, learning, tmp_path / "odd.csv", "--target", "target")
    assert "line 3, column 'target': 'maybe', where the model's labels are True, False" in said
    (tmp_path / "none.csv").write_text("https,target\n")
    assert "header and no rows" in error("check", saved, plain, tmp_path / "none.csv")
    assert "not a streamnorm model" in error("export", samples, "--onnx", tmp_path / "n.onnx")


def test_a_class_without_room(tmp_path):
    model = trained(NormPropClassifier((2,), seed=1), [({"a": 1.0}, "low"), ({"a": 2.0}, "high")])
    model.save(tmp_path / "m")
    run("export", tmp_path / "m", "--onnx", tmp_path / "m.onnx", "--learn")
    (tmp_path / "t.csv").write_text("a,target\n1,low\n3,huge\n")
    said = error("check", tmp_path / "m", tmp_path / "m.onnx", tmp_path / "t.csv", "--target", "target")
    assert "line 3, column 'target': class 'huge' is new" in said


def test_the_model_itself_is_not_overwritten(phishing):
    before = phishing[0].read_bytes()
    assert "different files" in error("export", phishing[0], "--onnx", phishing[0])
    assert phishing[0].read_bytes() == before


def test_only_what_was_written_is_listed(phishing, tmp_path):
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "main.c").write_text("int main(void) { return 0; }")
    assert "main.c" not in run("export", phishing[0], "--c", tmp_path / "c")


def test_every_kind_of_file_is_described_and_predicts(phishing, tmp_path):
    saved, samples = phishing
    for option, said in (
        ((), "exported to ONNX\n"),
        (("--learn",), "goes on learning\n"),
        (("--int8",), "in integers\n"),
    ):
        run("export", saved, "--onnx", tmp_path / "m.onnx", *option)
        assert said in run("info", tmp_path / "m.onnx")
        assert len(run("predict", tmp_path / "m.onnx", samples).splitlines()) == 401


def test_a_stock_runtime_reads_what_is_written(phishing, tmp_path):
    run("export", phishing[0], "--onnx", tmp_path / "m.onnx")
    assert [x.name for x in ort.InferenceSession(tmp_path / "m.onnx").get_inputs()] == ["x"]
