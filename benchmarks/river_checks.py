"""River's own checks, by estimator: `python -m benchmarks.river_checks` runs every one and writes docs/river.md."""

from __future__ import annotations

import sys
from collections import Counter
from unittest import mock

import river
from river import checks, datasets

import streamnorm
from benchmarks.page import fill, table
from streamnorm.checkpoint import ESTIMATORS


def passed(name: str) -> Counter[str]:
    """How often each check passed; the first that does not raises."""
    count: Counter[str] = Counter()
    model = getattr(streamnorm, name)()
    assert not model._unit_test_skips()
    for check in checks.yield_checks(model):
        check(getattr(streamnorm, name)())
        count[check.__name__.removeprefix("check_")] += 1
    return count


def main() -> None:
    # River checks some kinds of estimators on streams that it would have to download; these are of the same kinds.
    with (
        mock.patch.object(datasets, "Music", datasets.Yeast),
        mock.patch.object(datasets, "CreditCard", datasets.Shuttle),
    ):
        counts = {name: passed(name) for name in ESTIMATORS}
    rows = [
        [f"`{name}`", str(count.total()), ", ".join(f"{check} ({n})" if n > 1 else check for check, n in count.items())]
        for name, count in counts.items()
    ]
    head = ["estimator", "checks passed", "which (how often, on streams of River's)"]
    fill("river.md", "checks", f"{table(head, rows)}\n\nRiver {river.__version__}, Python {sys.version.split()[0]}.")


if __name__ == "__main__":
    main()
