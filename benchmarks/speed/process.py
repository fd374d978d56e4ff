"""Peers in processes of their own, which take turns."""

from __future__ import annotations

import os
import subprocess

from benchmarks.peers.packages import ROOT


class Process:
    """A worker, or kernel.c: it reads questions and answers with numbers. `error` is why it could not be built."""

    def __init__(self, *command):
        self._process = subprocess.Popen(
            [str(word) for word in command],
            cwd=ROOT,
            # On steps of this size more threads mostly wait for each other.
            env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def built(self) -> bool:
        """To be asked once, before anything else."""
        self.error = self._process.stdout.readline().strip()
        return not self.error

    def ask(self, question: str) -> float:
        self._process.stdin.write(question + "\n")
        self._process.stdin.flush()
        return float(self._process.stdout.readline())

    def close(self) -> None:
        self._process.stdin.close()
        self._process.wait()
