"""The fuzzer of files, for a short while and with the same files every time; `make fuzz` runs longer, with others."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("resource", reason="limits of memory are POSIX")
FUZZER = Path(__file__).with_name("fuzz_files.py")


def test_2000_mutated_files_are_refused_or_models():
    result = subprocess.run([sys.executable, FUZZER, "2000", "1"], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    found = json.loads(result.stdout)
    assert found["files"] == 2000
    # Both ends are reached: what is behind the digest takes some of the mutants, and refuses most.
    assert found["refused"] > 1500
    assert found["taken"] > 50
