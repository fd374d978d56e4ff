"""Processes that learn a sample, save, learn a sample, save, ..., and are killed at random moments.

    python tests/killed_saving.py KILLS [SEED]

After every kill the file must load, as the last checkpoint that was reported or as the one that was being written, bit
for bit; and the next process goes on from it. Prints what was found, as JSON.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import tempfile
import time
from pathlib import Path

from models import bits
from river import datasets

from streamnorm import Checkpointer, NormPropClassifier
from streamnorm.checkpoint import load_counted

ROWS = [*datasets.Phishing()]
REPORT_BYTES = 8
LONGEST_LIFE = 0.03  # Some saves.


def new_model() -> NormPropClassifier:
    return NormPropClassifier(seed=1)


def learn_for_ever(path: Path, reports: int) -> None:
    model = new_model()
    checkpointer = Checkpointer(model, path, every=1)
    while True:
        os.write(reports, checkpointer.samples.to_bytes(REPORT_BYTES, "little"))
        model.learn_one(*ROWS[checkpointer.samples % len(ROWS)])
        checkpointer.step()


def killed_after(path: Path, seconds: float) -> int:
    """The last sample that a process reported as saved before it was killed, so long after it had begun."""
    read, write = os.pipe()
    child = os.fork()
    if not child:
        os.close(read)
        learn_for_ever(path, write)
    os.close(write)
    reports = os.read(read, REPORT_BYTES)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL, f"the child ended by itself, with status {status}"
    with open(read, "rb") as pipe:
        reports += pipe.read()
    return int.from_bytes(reports[-REPORT_BYTES:], "little")


def main(kills: int, seed: int) -> None:
    rng = random.Random(seed)
    straight, learned, ahead, left_behind = new_model(), 0, 0, 0
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "model")
        Checkpointer(new_model(), path)
        for _ in range(kills):
            reported = killed_after(path, rng.uniform(0.0, LONGEST_LIFE))
            model, samples = load_counted(path)
            assert samples in (reported, reported + 1), f"sample {samples} is on disk, {reported} was the last saved"
            for k in range(learned, samples):
                straight.learn_one(*ROWS[k % len(ROWS)])
            assert bits(model) == bits(straight), f"the checkpoint of sample {samples} is another model"
            ahead += samples > reported
            learned = samples
            others = len([*Path(directory).iterdir()]) - 1
            assert others <= 1, f"{others} files were left behind"
            left_behind += others
        Checkpointer(new_model(), path).save()
        assert [*Path(directory).iterdir()] == [path], "a file was left behind for good"
    print(json.dumps({"kills": kills, "samples": learned, "ahead": ahead, "left_behind": left_behind}))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else time.time_ns())
