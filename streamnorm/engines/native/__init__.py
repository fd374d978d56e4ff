"""The learner's arithmetic in C: a dict in, a step made, in one call. Optional; without a compiler it is not there."""

from __future__ import annotations

import importlib
from typing import Any

kernel: Any
try:
    kernel = importlib.import_module("streamnorm.engines.native._kernel")
except ImportError:  # There was no compiler.
    kernel = None


def instructions(itemsize: int = 4) -> list[str]:
    """Instruction sets of this machine with a build, the one that is taken first; none without the extension."""
    sets: list[str] = kernel.instructions(itemsize) if kernel else []
    return sets
