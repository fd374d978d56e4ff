"""What a model takes on a microcontroller: `python -m benchmarks.microcontrollers` writes docs/microcontrollers.md.

Needs make, Debian's gcc-arm-none-eabi and libnewlib-arm-none-eabi, and qemu-system-arm. The board is the one of
examples/microcontroller, with the flags of its Makefile. QEMU runs with `-icount shift=0`: every instruction is one
nanosecond of the board's time, which the timer SysTick then counts.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from benchmarks.page import fill, table
from streamnorm import NormPropClassifier
from streamnorm.export import to_c

EXAMPLE = Path(__file__).parents[2] / "examples/microcontroller"
SIZES = ((8, (16,), 3), (32, (64, 64), 2), (64, (128, 128), 10))
CORES = {
    "Cortex-M4F": "-mcpu=cortex-m4 -mthumb -mfloat-abi=hard -mfpu=fpv4-sp-d16",
    "Cortex-M0+": "-mcpu=cortex-m0plus -mthumb",
}
# Of a tick of SysTick, at the 25 MHz of the board.
NANOSECONDS = 40
TRAINING = 300
CALLS, CALLS_WITH_WINDOWS = 20, 4
# Of a watch: accelerations and turning rates, and activities.
WINDOW, ACTIVITIES = (6, 50), 7
SGD = {"optimizer": "sgd", "learning_rate": 0.03}

Samples = list[tuple[dict[Any, Any], int]]


@dataclass(frozen=True)
class Cost:
    """Bytes of flash, memory and stack that a model adds to a program, and instructions a call."""

    flash: int
    memory: int
    stack: int
    predict: int
    learn: int


def stream(fan_in: int, classes: int) -> Iterator[tuple[dict[int, float], int]]:
    """Normal features; the class is the largest of as many products of two of them."""
    rng = np.random.default_rng(1)
    for h in rng.standard_normal((TRAINING + CALLS, fan_in)).astype(np.float32).astype(np.float64):
        products = [h[k % fan_in] * h[(k + classes) % fan_in] for k in range(classes)]
        yield dict(enumerate(h.tolist())), int(np.argmax(products))


def windows() -> Iterator[tuple[dict[str, Any], int]]:
    """Noisy waves, each channel at a phase of its own; the class is how fast they are."""
    rng = np.random.default_rng(1)
    channels, steps = WINDOW
    for i in range(TRAINING + CALLS_WITH_WINDOWS):
        phases = rng.uniform(0.0, 2.0 * np.pi, (channels, 1))
        waves = np.sin(0.15 * (1 + i % ACTIVITIES) * np.arange(steps) + phases)
        yield {"window": waves + 0.3 * rng.standard_normal(WINDOW)}, i % ACTIVITIES


def flat(x: dict[Any, Any]) -> list[float]:
    """A sample as the program takes it; of a window step by step."""
    values: list[float] = np.array([*x.values()], np.float32).T.ravel().astype(np.float64).tolist()
    return values


def write_stream(samples: Samples, model: NormPropClassifier, directory: Path) -> None:
    rows = ["{" + ", ".join(f"{value!r}f" for value in flat(x)) + "}," for x, _ in samples]
    labels = ", ".join(str(model.classes_.index(y)) for _, y in samples)
    (directory / "stream.h").write_text(
        f"#define SAMPLES {len(samples)}\n#define OUTPUTS MODEL_CLASSES\n"
        "static const float stream_x[SAMPLES][MODEL_FEATURES] = {\n" + "\n".join(rows) + "\n};\n"
        f"static const int stream_y[SAMPLES] = {{{labels}}};\n"
    )


def run(directory: Path, cpu: str, *defines: str) -> list[int]:
    """text, data and bss of the program; ticks of predicting and learning; stack."""
    main = Path(__file__).with_name("main.c")
    variables = {
        "MODEL": directory,
        "MAIN": main,
        "OUT": directory / "program.elf",
        "CPU": cpu,
        "DEFINES": " ".join([f"-I{directory}", "-Wno-unused-const-variable", *defines]),
        "QEMU": "-icount shift=0",
    }
    command = ["make", "-s", "-f", str(EXAMPLE / "Makefile"), "run", *(f"{k}={v}" for k, v in variables.items())]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        sys.exit(done.stdout)
    sizes = re.search(r"^\s+(\d+)\s+(\d+)\s+(\d+)\s+\d+\s+[0-9a-f]+\s", done.stdout, re.MULTILINE)
    counts = re.search(r"^(\d+) (\d+) (\d+)$", done.stdout, re.MULTILINE)
    assert sizes is not None, done.stdout
    assert counts is not None, done.stdout
    return [*map(int, sizes.groups()), *map(int, counts.groups())]


def cost(model: NormPropClassifier, samples: Samples, cpu: str, learn: bool, which: str) -> Cost:
    with TemporaryDirectory() as name:
        to_c(model, name, learn=learn, which=which)
        write_stream(samples, model, Path(name))
        text0, data0, bss0, *_ = run(Path(name), cpu, "-DEMPTY")
        text, data, bss, predict, steps, stack = run(Path(name), cpu, *(["-DLEARN"] if learn else []))
    # The stream is a constant of the program, and no part of the model; the empty program has dropped it.
    samples_size = sum(4 * len(flat(x)) + 4 * learn for x, _ in samples)
    return Cost(
        flash=text + data - text0 - data0 - samples_size,
        memory=data + bss - data0 - bss0 - 4 * len(model.classes_),
        stack=stack,
        predict=predict * NANOSECONDS // len(samples),
        learn=steps * NANOSECONDS // len(samples),
    )


def kilo(n: int) -> str:
    return f"{n / 1000:,.1f}"


def row(
    name: str, what: str, model: NormPropClassifier, samples: Samples, learn: bool, which: str = "mixture"
) -> list[str]:
    for x, y in samples[:TRAINING]:
        model.learn_one(x, y)
    costs = [cost(model, samples[TRAINING:], cpu, learn, which) for cpu in CORES.values()]
    return [
        name,
        what,
        " / ".join(kilo(c.flash) for c in costs),
        kilo(costs[0].memory),
        " / ".join(kilo(c.stack) for c in costs),
        " / ".join(kilo(c.predict) for c in costs),
        " / ".join(kilo(c.learn) for c in costs) if learn else "",
    ]


def main() -> None:
    missing = [tool for tool in ("make", "arm-none-eabi-gcc", "qemu-system-arm") if not shutil.which(tool)]
    if missing:
        sys.exit(f"not installed here: {', '.join(missing)}")
    rows = []
    for fan_in, hidden, classes in SIZES:
        name = "-".join(map(str, (fan_in, *hidden, classes)))
        for what, learn, arguments in (
            ("predicts", False, SGD),
            ("learns, SGD", True, SGD),
            ("learns, auto", True, {}),
        ):
            model = NormPropClassifier(hidden, seed=1, **arguments)
            rows.append(row(name, what, model, list(stream(fan_in, classes)), learn))
    for what, learn, arguments in (("predicts", False, {}), ("learns, SGD", True, SGD), ("learns, best", True, {})):
        model = NormPropClassifier("sensor", input_shape=WINDOW, seed=1, **arguments)
        rows.append(row("sensor, 6 x 50, 7", what, model, list(windows()), learn, "best"))
    head = ["network", "the model", "flash, kB", "memory, kB", "stack, kB"]
    head += ["a prediction, 1000 instructions", "a learning step, 1000 instructions"]
    fill("microcontrollers.md", "costs", table(head, rows))


if __name__ == "__main__":
    main()
