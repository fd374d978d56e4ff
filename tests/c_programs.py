"""Models as programs in C: exported, compiled and run by the tests of to_c."""

from __future__ import annotations

import math
import os
import shutil
import subprocess
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
    sources = [*directory.glob("*.c")] if program != "workspace.c" else [*directory.glob("[kl]*.c")]
    own = [HERE / "c" / program] + ([] if program == "workspace.c" else [HERE / "c/io_files.c"])
    out = directory / "program"
    run([*compiler, *STRICT, *learn, f"-I{directory}", f"-I{HERE / 'c'}", *own, *sources, "-o", out, "-lm"], directory)
    return out


def predictions(program: Path, samples: Array, outputs: int) -> Array:
    """What the program writes of the samples, a row each."""
    samples.tofile(program.parent / "samples.bin")
    run([program], program.parent)
    return np.fromfile(program.parent / "predictions.bin", np.float32).reshape(-1, outputs)


def compilers() -> dict[str, list[str]]:
    """The C compilers that are installed here, by name."""
    named = {"cc": os.environ.get("CC", "cc").split(), "clang": ["clang"]}
    return {name: command for name, command in named.items() if shutil.which(command[0])}
