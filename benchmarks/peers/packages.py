"""The peers' environments: which Python each has, deep-river's own, and the packages that each needs."""

from __future__ import annotations

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
# There is not a wheel for every Python, and without one it hardly builds.
TRY = ["--only-binary :all: vowpalwabbit==9.11.9"]


def make_other() -> None:
    """The virtual environment of deep-river, or what is not there yet of it."""
    ready = OTHER / "ready"
    if not ready.exists():
        venv.create(OTHER, with_pip=True, clear=True)
        (OTHER / ".gitignore").write_text("*\n")
    done = ready.read_text().splitlines() if ready.exists() else []
    for arguments in (*INSTALL, *TRY):
        if arguments not in done:
            pip = [PYTHON["deep-river"], "-m", "pip", "install", "--quiet", *arguments.split()]
            subprocess.run(pip, check=arguments in INSTALL)
    ready.write_text("\n".join((*INSTALL, *TRY)))


def output(name: str, code: str) -> str:
    """What a line of Python prints in a fresh process of the peer."""
    return subprocess.run([PYTHON[name], "-c", code], cwd=ROOT, check=True, capture_output=True, text=True).stdout


def needed(name: str, *more: str) -> dict[str, Distribution | None]:
    """The peer's packages, more packages and all that they require."""
    return required(name, *PACKAGES[name], *more)


def required(name: str, *packages: str) -> dict[str, Distribution | None]:
    """Packages of a peer's environment and all that they require; None for what they require and nobody installed."""
    path = output(name, "import sysconfig; print(sysconfig.get_path('purelib'))").strip()
    installed = {canonicalize_name(package.name): package for package in distributions(path=[path])}
    found: dict[str, Distribution | None] = {}
    todo = [*packages]
    while todo:
        key = canonicalize_name(todo.pop())
        if key not in found:
            package = found[key] = installed.get(key)
            requirements = map(Requirement, (package.requires or ()) if package else ())
            todo += [r.name for r in requirements if not r.marker or r.marker.evaluate({"extra": ""})]
    return found
