"""What files predict, one sample at a time, and how long that takes them, by turns."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import onnx
import onnxruntime as ort

from streamnorm.typing import Array

TURNS, CALLS = 100, 30


class Result(NamedTuple):
    label: Array
    probabilities: Array
    micros: list[float]
    kilobytes: float

    def errors(self, other: Result) -> Array:
        """For each sample the largest difference of a probability."""
        return np.abs(self.probabilities - other.probabilities).max(axis=1)

    def times(self, other: Result) -> float:
        """How many times as long as the other, in turns that were neighbours."""
        return statistics.median(a / b for a, b in zip(self.micros, other.micros, strict=True))


def race(protos: dict[str, onnx.ModelProto], X: Array) -> dict[str, Result]:
    X = X.astype(np.float32)
    predicted, calls = {}, {}
    for name, proto in protos.items():
        session = ort.InferenceSession(proto.SerializeToString(), options(), providers=["CPUExecutionProvider"])
        one_by_one = [session.run(["label", "probabilities"], {"x": row[np.newaxis]}) for row in X]
        predicted[name] = [np.concatenate(column) for column in zip(*one_by_one, strict=True)]
        calls[name] = bound(session, X[:1], predicted[name][1][:1])
    micros: dict[str, list[float]] = {name: [] for name in protos}
    for _ in range(TURNS):
        for name, call in calls.items():
            call()  # Its weights come back into the cache.
            start = time.perf_counter()
            for _ in range(CALLS):
                call()
            micros[name].append((time.perf_counter() - start) / CALLS * 1e6)
    return {
        name: Result(*predicted[name], micros[name], len(proto.SerializeToString()) / 1e3)
        for name, proto in protos.items()
    }


def options() -> ort.SessionOptions:
    one_thread = ort.SessionOptions()
    one_thread.intra_op_num_threads = 1
    one_thread.log_severity_level = 3  # What onnxruntime says of its own tools' files.
    return one_thread


def bound(session: ort.InferenceSession, x: Array, output: Array) -> Callable[[], None]:
    """A call that moves no sample: its memory is bound to the session, as `EdgeModel` has it."""
    binding = session.io_binding()
    binding.bind_ortvalue_input("x", ort.OrtValue.ortvalue_from_numpy(x.copy()))
    binding.bind_ortvalue_output("probabilities", ort.OrtValue.ortvalue_from_numpy(output.copy()))
    return lambda: session.run_with_iobinding(binding)
