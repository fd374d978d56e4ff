"""`streamnorm demo`: the main job, end to end, on a stream that River brings along."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from river import datasets

from streamnorm import NormPropClassifier
from streamnorm.cli.progress import bar
from streamnorm.export import to_onnx

# What made the model. None of it may be needed to run it.
LEFT_BEHIND = ("river", "torch", "onnx", "streamnorm.classifier", "streamnorm.network", "streamnorm.engines")
# The file computes in float32 what the model's softmax does in float64.
TOLERANCE = 1e-5
TENTHS = 10
BLOCKS = "▁▂▃▄▅▆▇█"

Stream = list[tuple[dict[Any, Any], Any]]


def demo(output: Path | None) -> None:
    console = Console(highlight=False, soft_wrap=True)
    stream: Stream = [*datasets.ImageSegments()]  # type: ignore[no-untyped-call]
    n = len(stream)
    model = NormPropClassifier(seed=42)

    console.print("[bold]1  Learn[/] image segments (sky, grass, brick, ...) one at a time, at batch size 1")
    start = time.perf_counter()
    hits = _learn(model, stream)
    seconds = time.perf_counter() - start
    tenths = [_mean(hits[n * i // TENTHS : n * (i + 1) // TENTHS]) for i in range(TENTHS)]
    chart = "".join(BLOCKS[min(int(tenth * len(BLOCKS)), len(BLOCKS) - 1)] for tenth in tenths)
    _show(console, "stream", f"{n:,} samples, {len(model.features_)} features, {len(model.classes_)} classes")
    _show(console, "accuracy", f"{_mean(hits):.1%}, each sample predicted before it is learned")
    _show(console, "", f"{tenths[0]:.1%} in the first tenth [green]{chart}[/] {tenths[-1]:.1%} in the last")
    _show(console, "time", f"{seconds:.1f} s, {seconds / n * 1e6:.0f} µs to predict and learn a sample")

    console.print("\n[bold]2  Export[/] to one ONNX file")
    with tempfile.TemporaryDirectory() as temporary:
        path = (output or Path(temporary)) / "image_segments.onnx"
        to_onnx(model, path)
        _show(console, "file", f"{path if output else path.name}, {path.stat().st_size / 1000:.1f} kB")
        console.print("\n[bold]3  Predict[/] with ONNX Runtime alone, in a new process")
        answer = _predict_elsewhere(path, [x for x, _ in stream])

    pairs = [(model.predict_proba_one(x), there) for (x, _), there in zip(stream, answer["predictions"], strict=True)]
    same = sum(max(live, key=live.__getitem__) == max(there, key=there.__getitem__) for live, there in pairs)
    gap = max(abs(live[label] - there[label]) for live, there in pairs for label in live)
    unwanted = [name for name in LEFT_BEHIND if name in answer["modules"]]
    _show(console, "imported", ", ".join(sorted({name.partition(".")[0] for name in answer["modules"]})))
    _show(console, "not there", ", ".join(name for name in LEFT_BEHIND if name not in unwanted))
    _show(console, "agreement", f"{same:,} of {n:,} labels; largest difference of a probability {gap:.1e}")
    _show(console, "time", f"{answer['seconds'] / n * 1e6:.0f} µs a prediction")
    if unwanted:
        raise click.ClickException(f"the new process imported {', '.join(unwanted)}")
    if same < n or gap > TOLERANCE:
        raise click.ClickException("the exported file and the model differ")


def _learn(model: NormPropClassifier, stream: Stream) -> list[bool]:
    hits: list[bool] = []
    with bar() as progress:
        task = progress.add_task("", total=len(stream))
        for x, y in stream:
            hits.append(model.predict_one(x) == y)
            model.learn_one(x, y)
            progress.update(task, advance=1, description=f"accuracy of the last 200: {_mean(hits[-200:]):.1%}")
    return hits


def _predict_elsewhere(path: Path, samples: list[dict[Any, Any]]) -> dict[str, Any]:
    request = json.dumps({"model": str(path), "samples": samples})
    command = [sys.executable, "-m", "streamnorm.cli.device"]
    process = subprocess.run(command, input=request, capture_output=True, text=True)
    if process.returncode:
        raise click.ClickException(f"the new process failed: {process.stderr.strip().splitlines()[-1]}")
    answer: dict[str, Any] = json.loads(process.stdout)
    return answer


def _mean(hits: list[bool]) -> float:
    return sum(hits) / len(hits)


def _show(console: Console, name: str, text: str) -> None:
    console.print(f"   [dim]{name:<10}[/] {text}")
