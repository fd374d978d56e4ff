"""Train on the first half of a stream; the device gets the model, and the second half to go on with."""

from pathlib import Path

from river import datasets

from streamnorm import NormPropClassifier
from streamnorm.export import to_c

HERE = Path(__file__).parent

stream = list(datasets.ImageSegments())
half = len(stream) // 2
model = NormPropClassifier(hidden=(16,), optimizer="sgd", learning_rate=0.03, seed=42)
for x, y in stream[:half]:
    model.learn_one(x, y)
to_c(model, HERE / "model", learn=True)

rows = [", ".join(f"{float(x[name])!r}f" for name in model.features_) for x, _ in stream[half:]]
labels = [str(model.classes_.index(y)) for _, y in stream[half:]]
(HERE / "stream.h").write_text(
    '/* What a sensor would measure. */\n#include "model.h"\n\n'
    f"#define SAMPLES {len(rows)}\n\n"
    "static const float stream_x[SAMPLES][MODEL_FEATURES] = {\n"
    + "".join(f"    {{{row}}},\n" for row in rows)
    + "};\n\nstatic const int stream_y[SAMPLES] = {"
    + ", ".join(labels)
    + "};\n"
)

right = 0
for x, y in stream[half:]:
    right += model.predict_one(x) == y
    model.learn_one(x, y)
print(f"{right} of {len(stream) - half} right here")
