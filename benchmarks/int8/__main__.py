"""`python -m benchmarks.int8` writes the answer and the tables of docs/int8.md, which says how to read them."""

from __future__ import annotations

import logging
import platform
import statistics
from pathlib import Path

import numpy as np
import onnxruntime as ort

from benchmarks.int8.forms import CLOSED, DYNAMIC, FLOAT32, INT8, QUANTIZED, forms
from benchmarks.int8.race import Result, race
from benchmarks.int8.streams import Stream, streams
from benchmarks.page import fill, table
from streamnorm import NormPropClassifier

WIDTHS = (32, 64, 128, 256, 512, 1024)
HEAD = ["width", "file", "accuracy", "other label", "mean error", "largest error", "µs", "times float32", "kB"]

# By width, by the name of the file.
Found = dict[int, dict[str, Result]]


def found(stream: Stream) -> Found:
    n, results = stream.learned, {}
    for width in WIDTHS:
        print(stream.name, width, flush=True)
        model = NormPropClassifier((width, width), learning_rate=0.005, seed=42)
        model.learn_many(stream.X[:n], stream.y[:n])
        results[width] = race(forms(model, stream.X[:n]), stream.X[n:])
    return results


def results_table(stream: Stream, results: Found) -> str:
    rows = []
    for width, by_form in results.items():
        base = by_form[FLOAT32]
        for name, result in by_form.items():
            errors = result.errors(base)
            rows.append([
                str(width),
                name,
                f"{np.mean(result.label == stream.y[stream.learned :]):.3f}",
                f"{np.mean(result.label != base.label):.2%}",
                f"{errors.mean():.4f}",
                f"{errors.max():.3f}",
                f"{statistics.median(result.micros):.1f}",
                f"{result.times(base):.2f}",
                f"{result.kilobytes:,.0f}",
            ])  # fmt: skip
    n = stream.learned
    return f"**{stream.name}**, {n:,} rows learned, {len(stream.y) - n:,} predicted\n\n{table(HEAD, rows)}"


def pays(results: Found, form: str) -> str:
    """From which width on a file is faster than the float32 one."""
    width = None
    for candidate in reversed(WIDTHS):
        if results[candidate][form].times(results[candidate][FLOAT32]) >= 1.0:
            break
        width = candidate
    return f"from {width} units on" if width else "at none of these widths"


def answer(all_results: dict[str, Found]) -> str:
    rows = [
        [name, form, pays(results, form), *widest(results, form), f"{mean_error(results, form):.4f}"]
        for name, results in all_results.items()
        for form in QUANTIZED
    ]
    head = ["stream", "file", "faster than float32", f"µs at {WIDTHS[-1]}", "of float32's", "kB of float32's"]
    machine = f"{cpu()}, onnxruntime {ort.__version__}, two hidden layers, one sample at a time:"
    verdicts = [f"- {name}: {verdict(results)}" for name, results in all_results.items()]
    return "\n".join([machine, "", *verdicts, "", table([*head, "mean error"], rows)])


def verdict(results: Found) -> str:
    nearer = min((INT8, DYNAMIC), key=lambda form: mean_error(results, form))
    worse = mean_error(results, CLOSED) / mean_error(results, INT8)
    return (
        f"{INT8} pays {pays(results, INT8)}, {DYNAMIC} {pays(results, DYNAMIC)}. Over all widths {nearer} is nearer "
        f"to float32. Without the ranges that learning has seen {INT8} would be {worse:.1f} times as far off."
    )


def widest(results: Found, form: str) -> list[str]:
    result, base = results[WIDTHS[-1]][form], results[WIDTHS[-1]][FLOAT32]
    micros = statistics.median(result.micros)
    return [f"{micros:.1f}", f"{result.times(base):.0%}", f"{result.kilobytes / base.kilobytes:.0%}"]


def mean_error(results: Found, form: str) -> float:
    return statistics.mean(float(r[form].errors(r[FLOAT32]).mean()) for r in results.values())


def cpu() -> str:
    info = Path("/proc/cpuinfo")
    lines = [line.partition(": ") for line in info.read_text().splitlines()] if info.exists() else []
    facts = {name.strip(): value for name, _, value in lines}
    vnni = " with VNNI" if "vnni" in facts.get("flags", "") else ""
    return (facts.get("model name") or platform.processor() or platform.machine()) + vnni


def main() -> None:
    logging.disable(logging.WARNING)  # onnxruntime's tools ask for their own preprocessing, which changes nothing here.
    every = [(stream, found(stream)) for stream in streams()]
    fill("int8.md", "the answer", answer({stream.name: results for stream, results in every}))
    fill("int8.md", "the tables", "\n\n".join(results_table(*pair) for pair in every))


if __name__ == "__main__":
    main()
