"""What the estimators that predict an output from features have in common."""

from __future__ import annotations

from typing import Any

from river import base

from streamnorm.estimator import NormProp


class Supervised(NormProp):
    """Base of the estimators whose outputs are classes, labels or targets, and can be explained by the features."""

    def explain_one(self, x: dict[base.typing.FeatureName, Any], output: Any = None) -> dict[Any, Any]:
        """How much each feature of a sample moves an output away from what it is for the mean sample.

        Contributions are exact: they sum to the output for the sample less the output where every feature is at its
        mean, within 1e-6 of their size. (With pools of largest values behind a smooth activation that takes no more
        than 20,000 pieces of the way to integrate over; where these are not enough, they come as near as that.) Those
        of a class are in nats of its logit, of which the mixture's is the weighted mean over the learning rates; those
        of a regression are in the target's unit. Nothing changes.

        Parameters
        ----------
        x
            A dictionary of features, as for `predict_one`. Features that are absent or unknown contribute nothing.
        output
            The class, label or target to explain; the one that is most probable, or predicted largest, if it is not
            named. A regression of one target has no other.

        Returns
        -------
        A contribution for each known feature of the sample, in the order of `features_`, or for each value of its array
        an array of that shape under the same name; empty before the first class.

        Raises
        ------
        ValueError
            For a class, label or target that has not been seen.

        Examples
        --------
        >>> from river import datasets
        >>> from streamnorm import NormPropRegressor
        >>> model = NormPropRegressor(seed=42)
        >>> for x, y in datasets.TrumpApproval():
        ...     model.learn_one(x, y)
        >>> explained = model.explain_one(x)
        >>> max(explained, key=lambda name: abs(explained[name]))
        'gallup'
        >>> mean = model.predict_one({})
        >>> round(sum(explained.values()) - (model.predict_one(x) - mean), 3)
        0.0

        """
        from streamnorm.explanation import explain

        with self._learner.alone():
            names = self._output_names() or [*range(self._learner.mixture.fan_out)]
            return explain(self._learner, x, names, output)
