"""How fast streamnorm is, beside its peers, its own kernel and the memory below it; and what each of them weighs.

`python -m benchmarks.speed` prints the tables and writes them, and a picture, into docs/benchmarks.md, which says how
to read them. The first run makes `.venv-peers`.
"""

from __future__ import annotations

import platform
import tempfile
from pathlib import Path

from benchmarks.page import fill
from benchmarks.peers.packages import make_other, needed
from benchmarks.speed import footprint, kernel, tables
from benchmarks.speed.picture import draw
from benchmarks.speed.race import race
from benchmarks.speed.sizes import SIZES
from benchmarks.speed.targets import target_table


def main() -> None:
    make_other()
    times, errors = {}, {}
    with tempfile.TemporaryDirectory() as folder:
        program = kernel.compiled(Path(folder)) if kernel.compiler() else None
        for size in SIZES:
            times[size], missing = race(size, program)
            errors |= missing
    draw(times)
    parts = [
        target_table(times),
        tables.learn_table(times),
        tables.predict_table(times),
        tables.kernel_table(times) if program else "There is no C compiler here, so the kernel alone was not timed.",
        tables.footprint_table(footprint.import_seconds(), footprint.memory(), footprint.installed()),
        versions(),
        *(f"{peer} does not install here: `{error}`." for peer, error in errors.items()),
    ]
    fill("benchmarks.md", "written by benchmarks.speed", "\n\n".join(parts))


def versions() -> str:
    ours = needed("streamnorm", "torch", "scikit-learn")
    theirs = needed("deep-river", "vowpalwabbit")
    named = [
        f"{label} {packages[key].version}"
        for label, packages, key in (
            ("streamnorm", ours, "streamnorm"),
            ("River", ours, "river"),
            ("NumPy", ours, "numpy"),
            ("torch", ours, "torch"),
            ("scikit-learn", ours, "scikit-learn"),
            ("Vowpal Wabbit", theirs, "vowpalwabbit"),
            ("deep-river", theirs, "deep-river"),
        )
        if packages[key]
    ]
    compiler = f", compiled by {kernel.compiler_version()}" if kernel.compiler() else ""
    return (
        f"{cpu()}, instruction set {kernel.instruction_set()}{compiler}. Python {platform.python_version()}, "
        f"{', '.join(named)} on River {theirs['river'].version}."
    )


def cpu() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.split(": ")[1] for line in lines if line.startswith("model name")]
    return (*names, platform.processor(), platform.machine())[0]


if __name__ == "__main__":
    main()
