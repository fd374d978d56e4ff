"""The claims of the NormProp paper, measured.

`python -m benchmarks.paper` writes the tables and pictures of docs/paper.md, which says how to read them. Name parts
to run only those: `statistics`, `cause`, `depth`, `cost`.
"""

from __future__ import annotations

import sys
import time

from benchmarks.paper import cause, cost, depth, statistics

PARTS = {"statistics": statistics, "cause": cause, "depth": depth, "cost": cost}

for name in sys.argv[1:] or PARTS:
    start = time.perf_counter()
    PARTS[name].run()
    print(f"{name}: {time.perf_counter() - start:.0f} s", flush=True)
