"""Several labels or targets at once beside River's: `python -m benchmarks.multioutput` fills docs/multioutput.md.

Test, then train, on streams that River bundles, every model on the same samples in the same order. Texts are one-hot
encoded for all; linear models have River's StandardScaler in front. The time is that of one sample, predicted and
learned, scaler included.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from river import compose, datasets, dummy, linear_model, metrics, multioutput, preprocessing, stats, tree

from benchmarks.page import fill, table
from streamnorm import NormPropMultiLabelClassifier, NormPropMultiTargetRegressor

Stream = list[tuple[dict[Any, float], dict[Any, Any]]]


def scaled(model: Any) -> Any:
    return preprocessing.StandardScaler() | model


LABELS: dict[str, Callable[[], Any]] = {
    "`PerOutputClassifier(PriorClassifier())`": lambda: multioutput.PerOutputClassifier(dummy.PriorClassifier()),
    "`PerOutputClassifier(LogisticRegression())`": lambda: scaled(
        multioutput.PerOutputClassifier(linear_model.LogisticRegression())
    ),
    "`ClassifierChain(LogisticRegression())`": lambda: scaled(
        multioutput.ClassifierChain(linear_model.LogisticRegression())
    ),
    "`MonteCarloClassifierChain(LogisticRegression())`": lambda: scaled(
        multioutput.MonteCarloClassifierChain(linear_model.LogisticRegression(), seed=42)
    ),
    "`MultiClassEncoder(HoeffdingTreeClassifier())`": lambda: multioutput.MultiClassEncoder(
        tree.HoeffdingTreeClassifier()
    ),
    "`NormPropMultiLabelClassifier()`": lambda: NormPropMultiLabelClassifier(seed=42),
    "`NormPropMultiLabelClassifier(learning_rate=0.005)`": lambda: NormPropMultiLabelClassifier(
        learning_rate=0.005, seed=42
    ),
}

TARGETS: dict[str, Callable[[], Any]] = {
    "`PerOutputRegressor(StatisticRegressor(Mean()))`": lambda: multioutput.PerOutputRegressor(
        dummy.StatisticRegressor(stats.Mean())
    ),
    "`PerOutputRegressor(LinearRegression())`": lambda: scaled(
        multioutput.PerOutputRegressor(linear_model.LinearRegression())
    ),
    "`RegressorChain(LinearRegression())`": lambda: scaled(multioutput.RegressorChain(linear_model.LinearRegression())),
    "`ISOUPTreeRegressor()`": tree.ISOUPTreeRegressor,
    "`NormPropMultiTargetRegressor()`": lambda: NormPropMultiTargetRegressor(seed=42),
    "`NormPropMultiTargetRegressor(learning_rate=0.005)`": lambda: NormPropMultiTargetRegressor(
        learning_rate=0.005, seed=42
    ),
    '`NormPropMultiTargetRegressor(loss="squared_error")`': lambda: NormPropMultiTargetRegressor(
        loss="squared_error", seed=42
    ),
}

OF_LABELS: dict[str, Callable[[], Any]] = {
    "F1, micro": lambda: metrics.multioutput.MicroAverage(metrics.F1()),
    "F1, macro": lambda: metrics.multioutput.MacroAverage(metrics.F1()),
    "labels right": lambda: metrics.multioutput.MicroAverage(metrics.Accuracy()),
    "all labels right": metrics.multioutput.ExactMatch,
}
OF_TARGETS: dict[str, Callable[[], Any]] = {
    "MAE": lambda: metrics.multioutput.MacroAverage(metrics.MAE()),
    "RMSE": lambda: metrics.multioutput.MacroAverage(metrics.RMSE()),
    "R2": lambda: metrics.multioutput.MacroAverage(metrics.R2()),
}


def solar_flare() -> Stream:
    encode = (compose.SelectType(str) | preprocessing.OneHotEncoder()) + compose.SelectType(int)
    return [(encode.transform_one(x), y) for x, y in datasets.SolarFlare()]


def row(name: str, model: Any, stream: Stream, scores: list[Any]) -> list[str]:
    seconds = 0.0
    for x, y in stream:
        start = time.perf_counter()
        prediction = model.predict_one(x)
        model.learn_one(x, y)
        seconds += time.perf_counter() - start
        for score in scores:
            # What a model does not know yet is False, or 0, for all of them alike.
            score.update(y, {target: prediction.get(target, type(value)()) for target, value in y.items()})
    cells = [f"{score.get():.4f}" for score in scores]
    print(name, *cells, flush=True)
    return [name, *cells, f"{1e6 * seconds / len(stream):,.0f}"]


def main() -> None:
    for page, stream, models, scores in (
        ("yeast", [*datasets.Yeast()], LABELS, OF_LABELS),
        ("solar flare", solar_flare(), TARGETS, OF_TARGETS),
    ):
        rows = [row(name, make(), stream, [score() for score in scores.values()]) for name, make in models.items()]
        fill("multioutput.md", page, table(["model", *scores, "µs a sample"], rows))


if __name__ == "__main__":
    main()
