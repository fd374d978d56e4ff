"""Accuracy on many streams without a rate to tune, beside every single rate, River and deep-river.

`python -m benchmarks.accuracy --data DIR` prints the tables and writes them into docs/accuracy.md, which says how to
read them. With `--ablation` it does the same for what was chosen: rates, Hedge's rate, the share.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.accuracy import ablation, comparison


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.accuracy", description=__doc__)
    parser.add_argument("--data", type=Path, help="a folder of CSV files, the column `target` being the target")
    parser.add_argument("--ablation", action="store_true", help="other rates and constants instead of other models")
    arguments = parser.parse_args()
    (ablation if arguments.ablation else comparison).run(arguments.data)


if __name__ == "__main__":
    main()
