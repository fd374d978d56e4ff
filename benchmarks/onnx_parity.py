"""How far an exported file is from its model: `python -m benchmarks.onnx_parity` prints the table.

For each mean and scale of the features a classifier and a regressor, (64, 64), learn 1,000 samples and predict them
again: live, in onnxruntime and in onnx.reference. A figure is the largest absolute difference over all samples, of
any probability, or of a value whose target has a standard deviation of about 1.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from typing import Any

import numpy as np
import onnxruntime as ort
from onnx.reference import ReferenceEvaluator

from streamnorm import NormPropClassifier, NormPropRegressor
from streamnorm.export import to_onnx
from streamnorm.typing import Array

MEANS = (0.0, 1.0, 1e3, 1e6)
SCALES = (1e-6, 1e-3, 1.0, 1e3, 1e6)
SAMPLES = 1_000


def stream(mean: float, scale: float) -> Iterator[tuple[dict[str, float], float]]:
    """Two features of the given mean and scale, one of them with spikes, a plain one and a constant one."""
    rng = random.Random(42)
    for _ in range(SAMPLES):
        a, b, c = (rng.gauss(0, 1) for _ in range(3))
        spike = 1e3 if rng.random() < 0.01 else 1.0
        x = {"a": mean + scale * a * spike, "b": mean - scale * b, "c": c, "constant": mean}
        yield x, math.tanh(a + 2 * c) - b / 2


def predictions(model: NormPropClassifier | NormPropRegressor, samples: list[dict[str, float]]) -> dict[str, Array]:
    """Probabilities or values of the samples, live and from the file."""
    proto = to_onnx(model)
    x = np.array([[sample[name] for name in model.features_] for sample in samples]).astype(np.float32)
    runtime: Any = ort.InferenceSession(proto.SerializeToString(), providers=["CPUExecutionProvider"])
    if isinstance(model, NormPropClassifier):
        live = [[*model.predict_proba_one(sample).values()] for sample in samples]
    else:
        live = [model.predict_one(sample) for sample in samples]
    return {
        "live": np.array(live),
        "runtime": runtime.run(None, {"x": x})[-1],
        "reference": ReferenceEvaluator(proto).run(None, {"x": x})[-1],
    }


def main() -> None:
    rows = []
    for mean in MEANS:
        for scale in SCALES:
            samples = list(stream(mean, scale))
            cells = []
            for model, threshold in ((NormPropClassifier(seed=1), True), (NormPropRegressor(seed=1), False)):
                for x, y in samples:
                    model.learn_one(x, y > 0 if threshold else y)
                result = predictions(model, [x for x, _ in samples])
                cells += [float(np.abs(result[name] - result["live"]).max()) for name in ("runtime", "reference")]
            rows.append((mean, scale, cells))
    print("| feature mean | scale | probability: onnxruntime | onnx.reference | value: onnxruntime | onnx.reference |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: |")
    for mean, scale, cells in rows:
        print(f"| {mean:g} | {scale:g} | {' | '.join(f'{cell:.1e}' for cell in cells)} |")
    print(f"\nLargest of all: {max(max(cells) for _, _, cells in rows):.1e}")


if __name__ == "__main__":
    main()
