"""The far end of `streamnorm demo`: a process that predicts as a device would, and says what it has imported.

It reads the model's path and the samples as JSON from stdin, and writes its answer as JSON to stdout.
"""

from __future__ import annotations

import json
import sys
import time

from streamnorm.export import EdgeModel


def main() -> None:
    request = json.load(sys.stdin)
    model = EdgeModel(request["model"])
    start = time.perf_counter()
    predictions = [model.predict_proba_one(x) for x in request["samples"]]
    seconds = time.perf_counter() - start
    # Names with an underscore in front belong to how Python was installed.
    ours = (name for name in sys.modules if not name.startswith("_"))
    modules = [name for name in ours if name.partition(".")[0] not in sys.stdlib_module_names]
    json.dump({"predictions": predictions, "seconds": seconds, "modules": modules}, sys.stdout)


if __name__ == "__main__":
    main()
