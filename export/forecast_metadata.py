"""What a forecaster's file says about itself, in its `metadata_props`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from streamnorm import __version__, names, strict_json


@dataclass(frozen=True)
class ForecastMetadata:
    """What it takes to go from a series to the file's inputs.

    Parameters
    ----------
    needed
        How many of the latest values the file looks at.
    horizon
        How many steps ahead it forecasts.
    features
        Pairs of name and step ahead: the columns of the input `x`. Empty where the file has no such input.

    """

    needed: int
    horizon: int
    features: list[Any]

    def to_props(self) -> dict[str, str]:
        """As JSON under string keys; raises TypeError for a feature name that JSON cannot tell from another."""
        return {
            "task": "forecast",
            "needed": str(self.needed),
            "horizon": str(self.horizon),
            "features": json.dumps(names.to_json(self.features)),
            "streamnorm_version": __version__,
        }

    @classmethod
    def from_props(cls, props: Mapping[str, str]) -> ForecastMetadata:
        """Back from a file; raises ValueError for what `to_props` cannot have written."""
        if props.get("task") != "forecast":
            raise ValueError("it was not written by streamnorm.export.to_onnx for a NormPropForecaster")
        if "learning" in props:
            raise ValueError("it goes on learning: open it with EdgeForecastLearner")
        features = names.from_json(strict_json.loads(props["features"]))
        if not all(isinstance(feature, tuple) and len(feature) == 2 for feature in features):
            raise ValueError("its features are no pairs of a name and a step")
        return cls(int(props["needed"]), int(props["horizon"]), features)
