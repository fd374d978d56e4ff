"""kernel.c compiled as the library is: its own source for this machine, by the same compiler with the same flags."""

from __future__ import annotations

import ast
import os
import re
import shlex
import shutil
import subprocess
import sysconfig
from pathlib import Path

from benchmarks.peers.packages import ROOT
from streamnorm.engines.native import instructions

HERE = Path(__file__).parent
# The sources bring these for themselves; the sweep beside them gets them from here.
FLAGS = {"avx2": ["-mavx2", "-mfma"], "avx512": ["-mavx2", "-mfma", *(f"-mavx512{x}" for x in ("f", "dq", "bw", "vl"))]}


def compiler() -> list[str]:
    """What compiled, or would compile, the library; empty where there is none."""
    command = shlex.split(os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc")
    return command if shutil.which(command[0]) else []


def compiler_version() -> str:
    return subprocess.run([*compiler(), "--version"], capture_output=True, text=True).stdout.split("\n")[0]


def instruction_set() -> str:
    """What the library takes on this machine; where it has not been compiled, what every machine has."""
    return os.environ.get("STREAMNORM_INSTRUCTIONS") or (*instructions(), "baseline")[0]


def setup_flags() -> list[str]:
    """GCC in setup.py, which cannot be imported without building the library."""
    lists = re.findall(r"^GCC \+?= (\[.*\])$", (ROOT / "setup.py").read_text(), re.MULTILINE)
    return [flag for each in lists for flag in ast.literal_eval(each)]


def compiled(folder: Path) -> Path:
    program = folder / "kernel"
    chosen = instruction_set()
    source = ROOT / "streamnorm" / "engines" / "native" / "builds" / f"float_{chosen}.c"
    flags = [*setup_flags(), *FLAGS.get(chosen, []), f'-DBUILD="{source}"']
    subprocess.run([*compiler(), *flags, HERE / "kernel.c", "-o", program, "-lm"], check=True)
    return program
