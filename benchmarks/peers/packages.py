"""What a peer costs before it has learned anything: time to import, space on the disk, and deep-river's own Python."""

from __future__ import annotations

import statistics
import subprocess
import sys
import venv
from importlib.metadata import Distribution, distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
OTHER = ROOT / ".venv-peers"
PYTHON = {
    "streamnorm": Path(sys.executable),
    "River, linear": Path(sys.executable),
    "River, forest": Path(sys.executable),
    "plain torch": Path(sys.executable),
    "deep-river": OTHER / "bin" / "python",
}
IMPORTS = {
    "streamnorm": "from streamnorm import NormPropClassifier",
    "River, linear": "from river import linear_model, preprocessing",
    "River, forest": "from river import forest",
    "plain torch": "import torch; from river import preprocessing",
    "deep-river": "from deep_river.classification.zoo import MultiLayerPerceptron; from river import preprocessing",
}
# What one asks pip for. deep-river imports pytest and does not say so.
PACKAGES = {
    "streamnorm": ["streamnorm"],
    "River, linear": ["river"],
    "River, forest": ["river"],
    "plain torch": ["torch", "numpy", "river"],
    "deep-river": ["deep-river", "pytest"],
}
# deep-river asks for torch below 2.6. It gets the torch of the other peers, so pip must not look at what it asks for.
INSTALL = [
    "torch==2.13.0",
    "numpy==2.4.6 scipy==1.17.1 pandas==2.3.3 sortedcontainers==2.4.0 tqdm==4.70.1 pytest==9.2.0",
    "onnx==1.23.2 onnxruntime==1.32.0",  # To try its net as a file.
    "--no-deps river==0.25.0 deep-river==0.3.4",
]


def make_other() -> None:
    """The virtual environment of deep-river, if it is not there yet."""
    ready = OTHER / "ready"
    if ready.exists():
        return
    venv.create(OTHER, with_pip=True, clear=True)
    (OTHER / ".gitignore").write_text("*\n")
    for arguments in INSTALL:
        subprocess.run([PYTHON["deep-river"], "-m", "pip", "install", "--quiet", *arguments.split()], check=True)
    ready.touch()


def output(name: str, code: str) -> str:
    """What a line of Python prints in a fresh process of the peer."""
    return subprocess.run([PYTHON[name], "-c", code], cwd=ROOT, check=True, capture_output=True, text=True).stdout


def import_seconds() -> dict[str, float]:
    """Median of fresh processes that take turns; the first round, which reads from the disk, left out."""
    code = "import time; start = time.perf_counter(); {}; print(time.perf_counter() - start)"
    rounds = [{name: float(output(name, code.format(IMPORTS[name]))) for name in PYTHON} for _ in range(8)]
    return {name: statistics.median(times[name] for times in rounds[1:]) for name in PYTHON}


def needed(name: str, *more: str) -> dict[str, Distribution | None]:
    """The peer's packages, more packages and all that they require; None for what they require and nobody installed."""
    path = output(name, "import sysconfig; print(sysconfig.get_path('purelib'))").strip()
    installed = {canonicalize_name(package.name): package for package in distributions(path=[path])}
    found: dict[str, Distribution | None] = {}
    todo = [*PACKAGES[name], *more]
    while todo:
        key = canonicalize_name(todo.pop())
        if key not in found:
            package = found[key] = installed.get(key)
            requirements = map(Requirement, (package.requires or ()) if package else ())
            todo += [r.name for r in requirements if not r.marker or r.marker.evaluate({"extra": ""})]
    return found


def megabytes(packages: dict[str, Distribution | None]) -> float:
    files = [Path(str(file.locate())) for package in packages.values() if package for file in package.files or ()]
    if "streamnorm" in packages:  # It is installed as a link to its folders.
        files += [*(ROOT / "streamnorm").rglob("*.py"), *(ROOT / "export").rglob("*.py")]
    return sum(file.stat().st_size for file in files if file.is_file()) / 1e6
