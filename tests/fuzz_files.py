"""Mutated checkpoints and exported files under their loaders.

    python tests/fuzz_files.py FILES [SEED]

Each file either raises ValueError, or is a model that predicts, learns and is saved again. Half of the mutants keep the
digest of the file that they were, and must all be refused; the other half gets the digest that belongs to it, so that
what lies behind the digest meets them too. There onnxruntime is left out: its own reader is none of ours.

The process may take a gigabyte more than it needs anyway, and ten seconds a file. It fails for any other error, for an
import, and for whatever runs code. The file that it failed at is kept, and named. Prints what was found, as JSON.
"""

from __future__ import annotations

import json
import random
import re
import resource
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from mutants import Edit, edited, resealed, resealed_onnx
from river import compose, datasets, preprocessing

import streamnorm
from streamnorm import (
    Conv1d,
    GlobalAvgPool,
    MaxPool,
    NormPropAnomalyDetector,
    NormPropClassifier,
    NormPropMultiLabelClassifier,
    NormPropMultiTargetRegressor,
    NormPropRegressor,
)
from streamnorm.export import EdgeLearner, EdgeModel, seal, to_onnx, wire
from streamnorm.export.learning.metadata import LearningMetadata
from streamnorm.export.metadata import Metadata
from streamnorm.export.subgraph import subgraph

MORE_BYTES = 2**30
SECONDS = 10
FORBIDDEN = {"import", "exec", "compile", "os.system", "os.exec", "os.posix_spawn", "os.fork", "subprocess.Popen"}
FORBIDDEN |= {"pickle.find_class", "ctypes.dlopen", "socket.connect"}
BLOBS = [b"\x00" * 8, b"\xff" * 8, b"\x80" * 12, b"\xff" * 9 + b"\x01", b"\xff\xff\xff\xff\x07", b"\x7f", b"\x80\x01"]
BLOBS += [np.array(value, dtype).tobytes() for dtype in "fd" for value in (np.nan, np.inf, -1.0, 1e38, 1e-40)]
BLOBS += [value.to_bytes(8, "little", signed=True) for value in (-1, 2**62, 2**63 - 1, -(2**63), 10**8)]
VALUES = [None, True, 0, -1, 1, 2**31, 2**63, 10**300, 0.5, -0.0, 1e308, float("nan"), float("inf"), "", "a", "\ud800"]
VALUES += [
    [],
    {},
    [[]],
    [[[[1]]]],
    {"a": 1},
    "x" * 10_000,
    [0] * 10_000,
    ["a", "a"],
    [10**5] * 3,
    "native",
    "__class__",
]
NUMBERS = [b"-1", b"1e999", b"9" * 400, b"NaN", b"Infinity", b"null", b"[" * 5_000, b'"', b"4294967296", b"0", b"1.5"]


def originals() -> dict[str, list[bytes]]:
    """Files of every kind: those that are loaded, those that predict, those that learn."""
    classifiers = [NormPropClassifier((4,), seed=1), NormPropClassifier((3, 2), 0.01, "adam", dtype="float64", seed=1)]
    regressors = [NormPropRegressor((), optimizer="sgd", seed=1), NormPropRegressor((4,), standardize=False, seed=1)]
    encode = (compose.SelectType(str) | preprocessing.OneHotEncoder()) + compose.SelectType(float)
    pipeline = encode | NormPropClassifier((4,), seed=1)
    labels, detector = NormPropMultiLabelClassifier((4,), seed=1), NormPropAnomalyDetector((4,), seed=1)
    targets = NormPropMultiTargetRegressor((4,), missing="mean", seed=1)
    for x, y in datasets.ImageSegments().take(60):
        for classifier in classifiers:
            classifier.learn_one(x, y)
        pipeline.learn_one({**x, "text": y[:2]}, y)
    for x, y in datasets.TrumpApproval().take(60):
        for regressor in regressors:
            regressor.learn_one(x, y)
        labels.learn_one(x, {"high": y > 40.0, 2: x["gallup"] > 40.0})
        targets.learn_one(x, {"today": y, 2: None if y > 40.0 else y})
        detector.learn_one(x)
    models = [*classifiers, *regressors, labels, targets, detector]
    predicting = [to_onnx(pipeline), to_onnx(classifiers[0], quantize="int8"), *map(to_onnx, models)]
    learning = [to_onnx(model, learn=True) for model in models]
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "model")
        saved = []
        arrays = NormPropClassifier((Conv1d(2, 3), MaxPool(2), GlobalAvgPool(), 3), input_shape=(2, 6), seed=1)
        for y in range(4):
            arrays.learn_one({"window": np.eye(2, 6) * y}, y % 2)
        for model in [*models, arrays]:
            model.save(path)
            saved.append(path.read_bytes())
    return {
        "saved": saved,
        "predicts": [proto.SerializeToString() for proto in [*predicting, to_onnx(arrays)]],
        "learns": [proto.SerializeToString() for proto in [*learning, to_onnx(arrays, learn=True)]],
    }


def mutated(rng: random.Random, content: bytes, others: list[bytes]) -> bytes:
    """The bytes with one to three pieces of damage."""
    for _ in range(rng.randint(1, 3)):
        content = rng.choice(DAMAGES)(rng, content, rng.choice(others)) or b"\x00"
    return content


def place(rng: random.Random, content: bytes) -> int:
    """Anywhere; more often near the start, where headers and lengths are, or the end."""
    n = len(content)
    return rng.choice([rng.randrange(n), min(rng.randrange(2_000), n - 1), max(0, n - 1 - rng.randrange(600))])


def flip(rng: random.Random, content: bytes, other: bytes) -> bytes:
    changed = bytearray(content)
    for _ in range(rng.choice([1, 1, 2, 8])):
        changed[place(rng, content)] ^= 1 << rng.randrange(8)
    return bytes(changed)


def cut(rng: random.Random, content: bytes, other: bytes) -> bytes:
    return content[: place(rng, content)]


def take_out(rng: random.Random, content: bytes, other: bytes) -> bytes:
    at = place(rng, content)
    return content[:at] + content[at + rng.choice([1, 4, 8, 100, 3_000]) :]


def splice(rng: random.Random, content: bytes, other: bytes) -> bytes:
    return content[: place(rng, content)] + other[place(rng, other) :]


def duplicate(rng: random.Random, content: bytes, other: bytes) -> bytes:
    start, at = place(rng, content), place(rng, content)
    piece = content[start : start + rng.choice([1, 8, 74, 1_000, len(content)])]
    return content[:at] + piece * rng.choice([1, 1, 2, 50]) + content[at:]


def overwrite(rng: random.Random, content: bytes, other: bytes) -> bytes:
    at, blob = place(rng, content), rng.choice(BLOBS)
    return content[:at] + blob + content[at + len(blob) :]


def renumber(rng: random.Random, content: bytes, other: bytes) -> bytes:
    numbers = [*re.finditer(rb"\d+", content[:6_000])]
    if not numbers:
        return content
    number = rng.choice(numbers)
    return content[: number.start()] + rng.choice(NUMBERS) + content[number.end() :]


DAMAGES = [flip, cut, take_out, splice, duplicate, overwrite, renumber]


def hostile(rng: random.Random) -> Edit:
    """An edit of a checkpoint's description that leaves it well-formed."""

    def edit(header: dict[str, Any], description: dict[str, Any]) -> None:
        replace_any(rng, rng.choice([header, description, description["state"], description["parameters"]]))

    return edit


def replace_any(rng: random.Random, node: Any) -> None:
    """Put a value out of place somewhere into a JSON value."""
    while node:
        key = rng.choice([*node] if isinstance(node, dict) else range(len(node)))
        if key != "__metadata__" and (not isinstance(node[key], dict | list) or rng.random() < 0.3):
            node[key] = rng.choice(VALUES)
            return
        node = node[key] if key != "__metadata__" else None


def hostile_props(rng: random.Random, content: bytes) -> bytes:
    """A file whose metadata is other JSON."""
    key, text = rng.choice([*wire.metadata(content).items()])
    try:
        value = {"top": json.loads(text)}
    except ValueError:
        value = {"top": text}
    replace_any(rng, value)
    return wire.with_metadata(content, key, json.dumps(value["top"]))


def a_mutant(rng: random.Random, kind: str, files: list[bytes], right: bool) -> bytes:
    """A file of that kind, damaged; with a digest that is right for it, or as it was."""
    content = rng.choice(files)
    well_formed = rng.random() < 0.5
    if kind == "saved":
        if right and well_formed:
            return edited(content, hostile(rng))
        return resealed(mutated(rng, content, files)) if right else mutated(rng, content, files)
    if right and well_formed:
        return resealed_onnx(hostile_props(rng, content))
    return resealed_onnx(mutated(rng, content, files)) if right else mutated(rng, content, files)


def use(model: Any, path: Path) -> None:
    """A model that was loaded can be used."""
    shape = getattr(model, "input_shape", None)
    for x in ({}, {"window": np.ones(shape)} if shape else dict.fromkeys(model.features_, 1.5)):
        if isinstance(model, NormPropAnomalyDetector):
            model.score_one(x)
            model.learn_one(x)
            continue
        model.predict_one(x)
        model.learn_one(x, target(model))
    model.save(path.with_name("again"))


def target(model: Any) -> Any:
    """Something that it may learn."""
    match model:
        case NormPropClassifier():
            return (model.classes_ or ["a"])[0]
        case NormPropMultiLabelClassifier():
            return dict.fromkeys(model.labels_, True)
        case NormPropMultiTargetRegressor():
            return dict.fromkeys(model.targets_, 1.0)
    return 1.0


def read_saved(path: Path) -> None:
    use(streamnorm.load(path), path)


def read_predicting(path: Path) -> None:
    """What is read of a file before and beside onnxruntime."""
    content = seal.read(path)
    about = Metadata.from_props(wire.metadata(content))
    subgraph(content, about.task.tensor)


def read_learning(path: Path) -> None:
    content = seal.read(path)
    about = LearningMetadata.from_props(wire.metadata(content))
    about.check(wire.initializers(content))
    subgraph(content, about.task.tensor)
    use(streamnorm.load_edge(path), path)


# By the kind of file: how it is opened, and what of that is ours.
OPENED: dict[str, list[Callable[[Path], Any]]] = {
    "saved": [streamnorm.load],
    "predicts": [EdgeModel],
    "learns": [EdgeLearner, streamnorm.load_edge],
}
READ = {"saved": read_saved, "predicts": read_predicting, "learns": read_learning}


def watch(event: str, arguments: tuple[Any, ...]) -> None:
    if watching and event in FORBIDDEN:
        raise RuntimeError(f"{event} {arguments!r:.200}")


watching = False


def main(n: int, seed: int) -> None:
    global watching
    rng = random.Random(seed)
    found: Counter[str] = Counter()
    directory = Path(tempfile.mkdtemp())
    path = directory / "mutant"
    print(f"seed {seed}: if it fails, then at {path}", file=sys.stderr, flush=True)
    kinds = originals()
    for kind, files in kinds.items():  # Whatever is imported is imported now.
        for content in files:
            path.write_bytes(content)
            for read in (*OPENED[kind], READ[kind]):
                read(path)
    NormPropClassifier(engine="autograd")
    np.seterr(all="ignore")  # Weights of 1e38 are finite, what comes out of them need not be.
    in_use = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (in_use + MORE_BYTES, resource.RLIM_INFINITY))
    sys.addaudithook(watch)
    for k in range(n):
        kind = rng.choice([*kinds])
        right = k % 2 == 1
        content = a_mutant(rng, kind, kinds[kind], right)
        if content in kinds[kind]:
            found["as it was"] += 1
            continue
        path.write_bytes(content)
        signal.alarm(SECONDS)  # Ends the process.
        for read in [READ[kind]] if right else OPENED[kind]:
            watching = True
            try:
                read(path)
            except ValueError:
                found["refused"] += 1
            else:
                assert right, f"{path} was taken with another digest than its own"
                found["taken"] += 1
            finally:
                watching = False
        signal.alarm(0)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"files": n, "seed": seed, **found, "peak_mb": round(peak)}))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else time.time_ns())
