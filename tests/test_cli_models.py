"""`streamnorm predict`, `info` and `demo`."""

import csv
import io
import json
import re
import subprocess
import sys

import onnxruntime
import pytest
from click.testing import CliRunner
from river import compose, datasets, preprocessing

import streamnorm
from streamnorm.cli.app import app
from streamnorm.engines import native
from streamnorm.export import EdgeModel, to_onnx

STREAMNORM = [sys.executable, "-m", "streamnorm"]


def run(*arguments):
    result = CliRunner().invoke(app, [*map(str, arguments)])
    assert result.exit_code == 0, result.output
    return result.stdout


def error(*arguments):
    result = CliRunner().invoke(app, [*map(str, arguments)])
    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1
    return result.stderr


def write(path, samples):
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, [*samples[0][0], "target"])
        writer.writeheader()
        writer.writerows({**x, "target": y} for x, y in samples)
    return path


@pytest.fixture(scope="module")
def segments(tmp_path_factory):
    """A file, the model of it, and that model exported and saved by the command."""
    directory = tmp_path_factory.mktemp("segments")
    samples = [*datasets.ImageSegments().take(500)]
    table = write(directory / "segments.csv", samples)
    onnx, saved = directory / "segments.onnx", directory / "segments.streamnorm"
    run("train", table, "--target", "target", "--onnx", onnx, "--model", saved)
    return samples, table, onnx, saved


@pytest.fixture(scope="module")
def approval(tmp_path_factory):
    directory = tmp_path_factory.mktemp("approval")
    samples = [*datasets.TrumpApproval().take(300)]
    table = write(directory / "approval.csv", samples)
    run("train", table, "--target", "target", "--onnx", directory / "a.onnx", "--model", directory / "a.streamnorm")
    return samples, table, directory / "a.onnx", directory / "a.streamnorm"


def test_predicted_labels_and_probabilities_are_the_models_own(segments):
    samples, table, onnx, saved = segments
    model = streamnorm.load(saved)
    rows = [*csv.DictReader(io.StringIO(run("predict", onnx, table)))]
    assert len(rows) == len(samples)
    for row, (x, _) in zip(rows, samples, strict=True):
        assert row.pop("label") == model.predict_one(x)
        p = {name.removeprefix("p_"): float(value) for name, value in row.items()}
        assert p == pytest.approx(model.predict_proba_one(x), abs=1e-5)


def test_predicted_values_are_the_models_own(approval):
    samples, table, onnx, saved = approval
    model = streamnorm.load(saved)
    header, *values = run("predict", onnx, table).splitlines()
    assert header == "value"
    assert [*map(float, values)] == pytest.approx([model.predict_one(x) for x, _ in samples], abs=1e-3)


def test_absent_cells_count_as_the_mean_and_unknown_columns_for_nothing(segments, tmp_path):
    samples, _, onnx, _ = segments
    edge = EdgeModel(onnx)
    x = {name: value for name, value in samples[0][0].items() if name != "hue-mean"}
    (tmp_path / "one.csv").write_text(f"{','.join(x)},hue-mean,note\n{','.join(map(str, x.values()))},,a text\n")
    header, row = run("predict", onnx, tmp_path / "one.csv").splitlines()
    label, *p = row.split(",")
    assert header == f"label,{','.join(f'p_{name}' for name in edge.classes_)}"
    assert label == edge.predict_one(x)
    assert [*map(float, p)] == pytest.approx([*edge.predict_proba_one(x).values()], abs=1e-8)


def test_feature_names_that_are_no_text_match_columns_by_their_text(tmp_path):
    model = streamnorm.NormPropRegressor(seed=42)
    for i in range(20):
        model.learn_one({0: i, 1: i % 3}, i)
    to_onnx(model, tmp_path / "m.onnx")
    (tmp_path / "t.csv").write_text("1,0\n2,7\n")
    _, value = run("predict", tmp_path / "m.onnx", tmp_path / "t.csv").split()
    assert float(value) == pytest.approx(model.predict_one({0: 7, 1: 2}), abs=1e-5)


def test_a_feature_without_a_column_is_named(tmp_path):
    model = streamnorm.NormPropRegressor(seed=42)
    model.learn_one({"a": 1.0, "momentum": 2.0}, 3.0)
    to_onnx(model, tmp_path / "m.onnx")
    (tmp_path / "t.csv").write_text("a,Momentum\n2,3\n")
    result = CliRunner().invoke(app, ["predict", str(tmp_path / "m.onnx"), str(tmp_path / "t.csv")])
    assert result.exit_code == 0
    assert result.stderr == "streamnorm: no column for momentum: they count as absent\n"


@pytest.fixture(scope="module")
def flares(tmp_path_factory):
    """A file with texts, the same pipeline trained here, and what the command exports."""
    directory = tmp_path_factory.mktemp("flares")
    samples = [(x, f"{y['c-class-flares']} flares") for x, y in datasets.SolarFlare().take(300)]
    table = write(directory / "flares.csv", samples)
    run("train", table, "--target", "target", "--onnx", directory / "flares.onnx")
    texts = compose.SelectType(str) | preprocessing.OneHotEncoder()
    model = (texts + compose.SelectType(float)) | streamnorm.NormPropClassifier(seed=42)
    samples = [({n: v if isinstance(v, str) else float(v) for n, v in x.items()}, y) for x, y in samples]
    for x, y in samples:
        model.learn_one(x, y)
    return samples, table, directory / "flares.onnx", model


def test_texts_are_predicted_from_the_exported_pipeline(flares):
    samples, table, onnx, model = flares
    rows = [*csv.DictReader(io.StringIO(run("predict", onnx, table)))]
    for row, (x, _) in zip(rows, samples, strict=True):
        assert row.pop("label") == model.predict_one(x)
        p = {name.removeprefix("p_"): float(value) for name, value in row.items()}
        assert p == pytest.approx(model.predict_proba_one(x), abs=1e-5)


def test_empty_and_unknown_texts_and_columns_that_are_not_there(flares, tmp_path):
    _, _, onnx, model = flares
    (tmp_path / "t.csv").write_text("zurich-class,area,note\nC,,a\n,2,b\nunknown,1,c\n")
    _, *rows = run("predict", onnx, tmp_path / "t.csv").splitlines()
    samples = [{"zurich-class": "C"}, {"area": 2.0}, {"zurich-class": "unknown", "area": 1.0}]
    for row, x in zip(rows, samples, strict=True):
        _, *p = row.split(",")
        assert [*map(float, p)] == pytest.approx([*model.predict_proba_one(x).values()], abs=1e-5)
    (tmp_path / "t.csv").write_text("area\nlarge\n")
    assert "line 2, column 'area': 'large'" in error("predict", onnx, tmp_path / "t.csv")


def test_info_of_an_exported_pipeline(flares):
    _, _, onnx, model = flares
    lines = dict(line.split(maxsplit=1) for line in run("info", onnx).splitlines())
    network = model["NormPropClassifier"]
    assert lines["features"].startswith("10: ")
    assert lines["texts"] == "3: largest-spot-size, spot-distribution, zurich-class"
    assert lines["layers"] == f"{len(network.features_)} - 64 - 64 - {len(network.classes_)}"
    assert lines["replicas"] == "3"


def test_names_that_a_csv_file_cannot_tell_apart(tmp_path):
    model = streamnorm.NormPropRegressor(seed=42)
    model.learn_one({1: 1.0, "1": 2.0}, 3.0)
    to_onnx(model, tmp_path / "m.onnx")
    (tmp_path / "t.csv").write_text("1\n2\n")
    assert "the same name in a CSV file" in error("predict", tmp_path / "m.onnx", tmp_path / "t.csv")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("a,b\n1,2\n", "none of the model's features is a column of"),
        ("hue-mean,b\n1,2\nx,2\n", "line 3, column 'hue-mean': 'x'"),
        ("hue-mean,b\n1,2\nnan,2\n", "line 3, column 'hue-mean': 'nan'"),
        ("hue-mean,b\n1,2\n3\n", "line 3 has 1 cells"),
        ("", "empty"),
    ],
)
def test_a_file_that_cannot_be_predicted(segments, tmp_path, content, said):
    _, _, onnx, _ = segments
    (tmp_path / "t.csv").write_text(content)
    assert said in error("predict", onnx, tmp_path / "t.csv")


def test_a_file_that_is_no_export(segments, tmp_path):
    _, table, onnx, saved = segments
    damaged = tmp_path / "damaged.onnx"
    damaged.write_bytes(onnx.read_bytes()[:-100])
    for path in (damaged, table, saved):
        assert "not a file of streamnorm.export" in error("predict", path, table)
    assert "not a file of streamnorm.export" in error("info", damaged)
    assert "not a streamnorm model" in error("info", onnx.rename(tmp_path / "renamed"))
    (tmp_path / "renamed").rename(onnx)


def test_predicting_needs_neither_river_nor_onnx_nor_torch(segments):
    _, table, onnx, _ = segments
    code = (
        "import sys; sys.modules.update(river=None, onnx=None, torch=None)\n"
        "from streamnorm.cli import main; sys.argv = sys.argv[:1] + ['predict', *sys.argv[1:]]; main()"
    )
    process = subprocess.run([sys.executable, "-c", code, onnx, table], capture_output=True, text=True)
    assert (process.stderr, process.returncode) == ("", 0)
    assert process.stdout == run("predict", onnx, table)


def test_exporting_without_onnx_fails_before_training(tmp_path):
    (tmp_path / "t.csv").write_text("a,b\n1,2\nbroken\n")
    code = "import sys; sys.modules['onnx'] = None; from streamnorm.cli import main; main()"
    command = [sys.executable, "-c", code, "train", "t.csv", "--target", "b", "--onnx", "t.onnx"]
    process = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert process.returncode == 1
    assert process.stderr == "streamnorm: to_onnx needs the onnx package: pip install 'streamnorm[onnx]'\n"


def test_a_reader_that_leaves_early(segments):
    _, table, onnx, _ = segments
    with subprocess.Popen(
        [*STREAMNORM, "predict", onnx, table], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline().startswith("label,")
        process.stdout.close()
        assert process.stderr.read() == ""


def test_info_of_an_exported_model(segments):
    _, _, onnx, _ = segments
    lines = dict(line.split(maxsplit=1) for line in run("info", onnx).splitlines())
    assert lines["model"] == "classification, exported to ONNX"
    assert lines["features"].startswith("18: ")
    assert lines["features"].endswith(", ...")
    assert lines["classes"].startswith("7: path, ")
    assert lines["layers"] == "18 - 64 - 64 - 7"
    assert lines["parameters"] == f"{3 * (18 * 64 + 64 + 64 * 64 + 64 + 64 * 7 + 7):,}"
    assert lines["replicas"] == "3"
    assert lines["size"] == f"{onnx.stat().st_size / 1000:.1f} kB"
    assert lines["version"] == streamnorm.__version__


def test_info_of_a_saved_model(segments, approval):
    lines = dict(line.split(maxsplit=1) for line in run("info", segments[-1]).splitlines())
    assert lines["model"] == "classification, saved NormPropClassifier"
    assert lines["layers"] == "18 - 64 - 64 - 7"
    assert lines["parameters"] == f"{3 * (18 * 64 + 2 * 64 + 64 * 64 + 2 * 64 + 64 * 7 + 7):,}"
    assert re.fullmatch(r"0\.001 counts \d+%, 0\.005 counts \d+%, 0\.02 counts \d+%", lines["rates"])
    lines = dict(line.split(maxsplit=1) for line in run("info", approval[-1]).splitlines())
    assert lines["model"] == "regression, saved NormPropRegressor"
    assert lines["layers"] == "6 - 64 - 64 - 1"
    assert "classes" not in lines


def test_info_of_the_installation_imports_nothing():
    code = "import sys, streamnorm.cli.app as a; a.app(['info'])"
    process = subprocess.run([sys.executable, "-X", "importtime", "-c", code], capture_output=True, text=True)
    lines = dict(line.split(maxsplit=1) for line in process.stdout.splitlines())
    assert lines["streamnorm"] == streamnorm.__version__
    assert lines["onnxruntime"] == onnxruntime.__version__
    own = rf"native \({native.instructions()[0]}\)" if native.kernel else r"no native \(install a wheel, .+\)"
    assert re.fullmatch(rf"{own}, reference, autograd", lines["engines"])
    imported = {line.rpartition("|")[2].strip() for line in process.stderr.splitlines()}
    assert "click" in imported
    assert imported.isdisjoint({"torch", "onnx", "onnxruntime", "river", "numpy"})


def test_demo(tmp_path):
    shown = run("demo", "--output", tmp_path)
    assert "2,310 of 2,310 labels" in shown
    assert "imported   numpy, onnxruntime, streamnorm\n" in shown
    assert "not there  river, torch, onnx, streamnorm.classifier, streamnorm.network, streamnorm.engines\n" in shown
    assert len(shown.splitlines()) <= 24
    assert len(EdgeModel(tmp_path / "image_segments.onnx").classes_) == 7


def test_the_far_end_of_the_demo_predicts_what_the_model_does(segments):
    samples, _, onnx, saved = segments
    request = {"model": str(onnx), "samples": [x for x, _ in samples]}
    command = [sys.executable, "-m", "streamnorm.cli.device"]
    process = subprocess.run(command, input=json.dumps(request), capture_output=True, text=True, check=True)
    model = streamnorm.load(saved)
    for p, (x, _) in zip(json.loads(process.stdout)["predictions"], samples, strict=True):
        assert p == pytest.approx(model.predict_proba_one(x), abs=1e-5)


def test_help_of_every_command():
    for command in ([], ["--help"], ["train", "-h"], ["predict", "-h"], ["info", "-h"], ["demo", "-h"]):
        assert run(*command).startswith("Usage: ")
    assert run("--version").split()[-1] == streamnorm.__version__
