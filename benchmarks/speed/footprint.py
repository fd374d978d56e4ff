"""What a peer weighs: time to import, memory of a process that learns, space on the disk."""

from __future__ import annotations

import statistics
import subprocess
from importlib.metadata import Distribution
from pathlib import Path

from benchmarks.peers.packages import ROOT, needed
from benchmarks.speed.race import python, worker
from benchmarks.speed.sizes import MAIN

IMPORTS = {
    "streamnorm": "from streamnorm import NormPropClassifier",
    "streamnorm, with torch": "import torch; from streamnorm import NormPropClassifier",
    "River, scaler + logistic regression": "from river import linear_model, preprocessing",
    "deep-river": "from deep_river.classification.zoo import MultiLayerPerceptron; from river import preprocessing",
}
LEARNERS = {
    "streamnorm": 'streamnorm, `"auto"`',
    "streamnorm, with torch": "streamnorm, SGD, torch engine",
    "River, scaler + logistic regression": "River, scaler + logistic regression",
    "deep-river": "deep-river, SGD",
}
ROUNDS = 8


def import_seconds() -> dict[str, float]:
    """Median of fresh processes that take turns; the first round, which reads from the disk, left out."""
    rounds = [{name: one_import(name) for name in IMPORTS} for _ in range(ROUNDS)]
    return {name: statistics.median(times[name] for times in rounds[1:]) for name in IMPORTS}


def one_import(name: str) -> float:
    code = f"import time; start = time.perf_counter(); {IMPORTS[name]}; print(time.perf_counter() - start)"
    answer = subprocess.run([python(name), "-c", code], cwd=ROOT, check=True, capture_output=True, text=True)
    return float(answer.stdout)


def memory() -> dict[str, float]:
    return {name: memory_of(peer) for name, peer in LEARNERS.items()}


def memory_of(peer: str) -> float:
    process = worker(peer, MAIN)
    found = process.ask("memory") if process.built() else float("nan")
    process.close()
    return found


def installed() -> dict[str, float]:
    packages = {
        "streamnorm": needed("streamnorm"),
        "streamnorm, with what writes ONNX": needed("streamnorm", "onnx"),
        "streamnorm, with torch": needed("streamnorm", "torch"),
        "River, scaler + logistic regression": needed("River, linear"),
        "deep-river": needed("deep-river"),
    }
    return {name: megabytes(found) for name, found in packages.items()}


def megabytes(packages: dict[str, Distribution | None]) -> float:
    files = [Path(str(file.locate())) for package in packages.values() if package for file in package.files or ()]
    if "streamnorm" in packages:  # It is installed as a link to its folders; C sources do not come with a wheel.
        folders = ROOT / "streamnorm", ROOT / "export"
        files += [file for folder in folders for kind in ("*.py", "*.so", "*.pyd") for file in folder.rglob(kind)]
    return sum(file.stat().st_size for file in files if file.is_file()) / 1e6
