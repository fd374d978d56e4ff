"""The peers, as their documentation shows them: a scaler where they need one, their own defaults."""

from __future__ import annotations

from river import preprocessing

STREAMNORM = "streamnorm"
RIVER = ("River, HalfSpaceTrees", "River, LODA", "River, OneClassSVM")
DEEP_RIVER = (
    "deep-river, Autoencoder",
    "deep-river, ProbabilityWeightedAutoencoder",
    "deep-river, RollingAutoencoder",
)
RATE = 0.005  # Of deep-river's examples.
PEERS = (STREAMNORM, *RIVER, *DEEP_RIVER)


def build(peer: str, n_features: int, seed: int):
    """A fresh detector, with what belongs in front of it."""
    if peer == STREAMNORM:
        from streamnorm import NormPropAnomalyDetector

        return NormPropAnomalyDetector(seed=seed)
    if peer in DEEP_RIVER:
        return preprocessing.MinMaxScaler() | deep_river(peer, n_features, seed)
    from river import anomaly

    if peer == "River, HalfSpaceTrees":
        return preprocessing.MinMaxScaler() | anomaly.HalfSpaceTrees(seed=seed)
    if peer == "River, LODA":
        return preprocessing.MinMaxScaler() | anomaly.LODA(seed=seed)
    return preprocessing.StandardScaler() | anomaly.OneClassSVM(nu=0.2)


def deep_river(peer: str, n_features: int, seed: int):
    """The class on the network of its own tests: a bottleneck of three units, or an LSTM for the window."""
    import torch
    from deep_river.anomaly import Autoencoder, ProbabilityWeightedAutoencoder, RollingAutoencoder, ae, rolling_ae

    torch.manual_seed(seed)
    torch.set_num_threads(1)
    if peer == "deep-river, RollingAutoencoder":
        # Its decoder gives back as many features as there are units.
        module = rolling_ae._TestLSTMAutoencoder(n_features, hidden_size=n_features)
        return RollingAutoencoder(module, optimizer_fn="adam", lr=RATE, window_size=10, seed=seed)
    kind = Autoencoder if peer == "deep-river, Autoencoder" else ProbabilityWeightedAutoencoder
    return kind(ae._TestAutoencoder(n_features), optimizer_fn="adam", lr=RATE, seed=seed)
