"""Processes are killed while they learn and while they save; each in a process that forks and has no threads."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from killed_learning import VARIANTS, name_of

import streamnorm
from streamnorm import NormPropRegressor, files

pytestmark = pytest.mark.skipif(os.name != "posix", reason="kills by signal, forks and locks are POSIX")
HERE = Path(__file__).parent


def output_of(script, *arguments):
    # One thread: a fork takes only its own along.
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, str(HERE / script), *arguments]
    result = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert result.returncode == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.fixture(scope="module")
def resumed():
    return dict(output_of("killed_learning.py", "10000", "40"))


@pytest.mark.parametrize("variant", VARIANTS, ids=name_of)
def test_killed_learning_goes_on_bit_for_bit(resumed, variant):
    """10,000 samples with the native engine, 40 with those in Python; `make kills` takes 10,000 with all."""
    assert resumed[name_of(variant)]


def test_what_is_on_disk_survives_200_kills():
    (found,) = output_of("killed_saving.py", "200", "1")
    assert found["kills"] == 200
    # Most processes die in the middle of a save; had none, nothing would be shown.
    assert found["left_behind"] > 0
    assert found["samples"] > 0


KILLED_IN_A_SAVE = """
import os, signal, sys
from streamnorm import files
os.fsync = lambda file: os.kill(os.getpid(), signal.SIGKILL)
files.replace(sys.argv[1], b"new")
"""


def test_what_a_kill_leaves_behind_goes_with_the_next_save(tmp_path):
    path = tmp_path / "model"
    NormPropRegressor().save(path)
    for _ in range(2):
        subprocess.run([sys.executable, "-c", KILLED_IN_A_SAVE, str(path)])
        assert len(os.listdir(tmp_path)) == 2  # The second sweeps what the first has left, and leaves its own.
        assert streamnorm.load(path).features_ == []
    NormPropRegressor().save(path)
    assert os.listdir(tmp_path) == ["model"]


def test_a_file_that_somebody_writes_is_not_swept(tmp_path):
    with files._temporary(tmp_path) as other:
        NormPropRegressor().save(tmp_path / "model")
        assert sorted(os.listdir(tmp_path)) == sorted([Path(other.name).name, "model"])
    NormPropRegressor().save(tmp_path / "model")
    assert os.listdir(tmp_path) == ["model"]


def test_nothing_else_is_swept(tmp_path):
    """Not what is not ours by its name; and what is a symlink or a pipe is neither followed nor waited for."""
    (tmp_path / ".another.tmp").touch()
    (tmp_path / ".streamnorm-link.tmp").symlink_to(tmp_path / ".another.tmp")
    os.mkfifo(tmp_path / ".streamnorm-pipe.tmp")
    NormPropRegressor().save(tmp_path / "model")
    assert (tmp_path / ".another.tmp").exists()
    assert (tmp_path / ".streamnorm-link.tmp").is_symlink()
