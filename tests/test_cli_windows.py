"""The command line and models whose samples are arrays: described, exported, and not read from rows."""

import pytest
from test_cli_models import error, run
from windows import learned, waves

from streamnorm import AvgPool, Conv1d, Conv2d, GlobalMaxPool, MaxPool, NormPropClassifier
from streamnorm.export import EdgeModel


def told(*arguments):
    return dict(line.split(maxsplit=1) for line in run("info", *arguments).splitlines())


@pytest.mark.parametrize(
    ("hidden", "shape", "layers"),
    [
        (
            (Conv1d(4, 5), MaxPool(2), Conv1d(6, 3), GlobalMaxPool(), 8),
            (3, 20),
            "3 x 20 - conv 4 (5) - max (2) - conv 6 (3) - max (all) - 8 - 3",
        ),
        ((Conv2d(4, (3, 2)), AvgPool(2), 5), (1, 8, 8), "1 x 8 x 8 - conv 4 (3 x 2) - average (2 x 2) - 5 - 3"),
        ((5,), (2, 6), "2 x 6 - 5 - 3"),
        ("sensor", (2, 20), "2 x 20 - conv 32 (7) - max (2) - conv 48 (5) - max (all) - 64 - 3"),
    ],
    ids=["series", "image", "dense", "preset"],
)
def test_info(hidden, shape, layers, tmp_path):
    saved, onnx = tmp_path / "model.streamnorm", tmp_path / "model.onnx"
    model = learned(NormPropClassifier(hidden, input_shape=shape, seed=1), waves(shape, 3))
    model.save(saved)
    run("export", saved, "--onnx", onnx)
    assert (told(saved)["layers"], told(onnx)["layers"]) == (layers, layers)
    assert told(onnx)["replicas"] == "3"
    # Folded, a unit is without its gain.
    units = sum(
        len(p["g"].value) for network in model._learner.mixture.networks for p in network.parameters if "g" in p
    )
    parameters = [int(told(path)["parameters"].replace(",", "")) for path in (saved, onnx)]
    assert parameters[0] - units == parameters[1]
    run("export", saved, "--onnx", onnx, "--int8")
    assert told(onnx)["layers"] == "in integers"
    assert EdgeModel(onnx).input_shape == shape


def test_rows_are_no_arrays(tmp_path):
    saved, onnx, learns = (tmp_path / name for name in ("model.streamnorm", "model.onnx", "learns.onnx"))
    learned(NormPropClassifier((GlobalMaxPool(),), input_shape=(2, 6), seed=1), waves((2, 6), 3)).save(saved)
    run("export", saved, "--onnx", onnx)
    run("export", saved, "--onnx", learns, "--learn")
    table = tmp_path / "table.csv"
    table.write_text("0,1\n1,2\n")
    refused = "takes arrays of (2, 6), not the columns of a file"
    assert refused in error("predict", onnx, table)
    assert refused in error("predict", learns, table)
    assert refused in error("check", saved, onnx, table)
