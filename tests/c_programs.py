"""Models as programs in C: exported, compiled and run by the tests of to_c."""

from __future__ import annotations

import atexit
import functools
import math
import os
import shutil
import subprocess
import tempfile
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

from streamnorm import NormPropClassifier
from streamnorm.export import to_c
from streamnorm.typing import Array

HERE = Path(__file__).parent
STRICT = ["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror"]
ABSENT = math.nan


def run(command: list[Any], directory: Path) -> str:
    done = subprocess.run([*map(str, command)], cwd=directory, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def rows(model: Any, stream: list[tuple[dict[Any, float], Any]]) -> Array:
    """Samples [x, y] as the program reads them: NaN where a feature is absent, the class as its index."""
    target = model.classes_.index if isinstance(model, NormPropClassifier) else float
    return np.array([[*(x.get(name, ABSENT) for name in model.features_), target(y)] for x, y in stream], np.float32)


def build(model: Any, directory: Path, compiler: list[str], program: str = "main.c", **arguments: Any) -> Path:
    """The program around the exported model, compiled for this machine."""
    to_c(model, directory, **arguments)
    learn = ["-DLEARN"] if arguments.get("learn") else []
    # What workspace.c looks into it takes in.
    own = [] if program == "workspace.c" else [HERE / "c/io_files.c", directory / "model.c"]
    engine = _engine(tuple(compiler), bool(learn))
    out = directory / "program"
    files = [HERE / "c" / program, *own, *engine, "-o", out]
    run([*compiler, *STRICT, *learn, f"-I{directory}", f"-I{HERE / 'c'}", *files, "-lm"], directory)
    return out


@functools.cache
def _engine(compiler: tuple[str, ...], learn: bool) -> list[Path]:
    """The sources that are the same in every export, compiled once: they take longer than all the rest."""
    names = ["kernel", *(["learner"] if learn else [])]
    directory = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, directory)
    sources = resources.files("streamnorm.engines.native")
    run([*compiler, *STRICT, "-c", *(sources / f"{name}.c" for name in names)], directory)
    return [directory / f"{name}.o" for name in names]


def predictions(program: Path, samples: Array, outputs: int) -> Array:
    """What the program writes of the samples, a row each."""
    samples.tofile(program.parent / "samples.bin")
    run([program], program.parent)
    return np.fromfile(program.parent / "predictions.bin", np.float32).reshape(-1, outputs)


def compilers() -> dict[str, list[str]]:
    """The C compilers that are installed here, by name."""
    named = {"cc": os.environ.get("CC", "cc").split(), "clang": ["clang"]}
    return {name: command for name, command in named.items() if shutil.which(command[0])}
