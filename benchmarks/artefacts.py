"""What each file costs where it lands: `python -m benchmarks.artefacts` writes the table of docs/export.md.

A classifier of 32 features, hidden (64, 64), two classes, at its defaults, learns 5,000 samples and leaves in every
form. Each form is then run in processes of its own, which load it, predict and, where it can, learn. Times are medians
over repetitions of 1,000 samples, the processes taking turns; memory is what a process holds at its end.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.page import fill, table
from benchmarks.peers.packages import ROOT, needed, required
from benchmarks.speed.footprint import megabytes
from benchmarks.speed.stream import batch, dicts
from streamnorm import NormPropClassifier
from streamnorm.export import to_onnx

FEATURES, CLASSES, SAMPLES, TURNS = 32, 2, 5_000, 7

LOAD = {
    "saved model": "import streamnorm; model = streamnorm.load(path)",
    "prediction file": "from streamnorm.export import EdgeModel; model = EdgeModel(path)",
    "learning file": "from streamnorm.export import EdgeLearner; model = EdgeLearner(path)",
}
WORKER = """
import statistics, sys, time
path = sys.argv[1]
start = time.perf_counter()
{load}
seconds = time.perf_counter() - start
import numpy as np
from benchmarks.speed.stream import batch, dicts
from benchmarks.speed.worker import resident_megabytes
stream = dicts(*batch(np.random.default_rng(2), 1_000, {features}, {classes}))
def micros(call):
    start = time.perf_counter()
    for x, y in stream:
        call(x, y)
    return (time.perf_counter() - start) / len(stream) * 1e6
predict = statistics.median(micros(lambda x, y: model.predict_proba_one(x)) for _ in range(5))
learn = statistics.median(micros(model.learn_one) for _ in range(5)) if hasattr(model, "learn_one") else float("nan")
print(seconds, predict, learn, resident_megabytes())
"""


def trained() -> NormPropClassifier:
    model = NormPropClassifier(seed=42)
    for x, y in dicts(*batch(np.random.default_rng(1), SAMPLES, FEATURES, CLASSES)):
        model.learn_one(x, y)
    return model


def measured(load: str, path: Path) -> list[float]:
    """Seconds to import and load, µs to predict, µs to learn, megabytes of memory."""
    code = WORKER.format(load=load, features=FEATURES, classes=CLASSES)
    command = [sys.executable, "-c", code, str(path)]
    answer = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return [*map(float, answer.stdout.split())]


def main() -> None:
    model = trained()
    with tempfile.TemporaryDirectory() as directory:
        forms = {
            "`model.save`": ("saved model", Path(directory, "saved")),
            "`to_onnx(model, path)`": ("prediction file", Path(directory, "mixture.onnx")),
            '`to_onnx(..., which="best")`': ("prediction file", Path(directory, "best.onnx")),
            "`to_onnx(..., learn=True)`": ("learning file", Path(directory, "learning.onnx")),
            '`to_onnx(..., learn=True, which="best")`': ("learning file", Path(directory, "learning-best.onnx")),
        }
        saved, mixture, best, learning, learning_best = (path for _, path in forms.values())
        model.save(saved)
        to_onnx(model, mixture)
        to_onnx(model, best, which="best")
        to_onnx(model, learning, learn=True)
        to_onnx(model, learning_best, which="best", learn=True)
        turns = [{form: measured(LOAD[kind], path) for form, (kind, path) in forms.items()} for _ in range(TURNS)]
        # A device has streamnorm without its dependencies: pip install --no-deps streamnorm.
        edge = megabytes({"streamnorm": None, **required("streamnorm", "numpy", "onnxruntime")})
        installed = {"saved model": megabytes(needed("streamnorm")), "prediction file": edge, "learning file": edge}
        rows = []
        for form, (kind, path) in forms.items():
            seconds, predict, learn, memory = map(statistics.median, zip(*(t[form] for t in turns), strict=True))
            cells = [f"{path.stat().st_size / 1e3:.0f}", f"{installed[kind]:.0f}", f"{seconds:.2f}", f"{memory:.0f}"]
            rows.append([form, *cells, f"{predict:.3g}", "" if learn != learn else f"{learn:.3g}"])
    head = [
        "form",
        "file, kB",
        "installed, MB",
        "to import and load, s",
        "memory, MB",
        "to predict, µs",
        "to learn, µs",
    ]
    fill("export.md", "artefacts", table(head, rows))


if __name__ == "__main__":
    main()
