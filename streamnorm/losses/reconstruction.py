from __future__ import annotations

from streamnorm.losses.huber import Huber


class Reconstruction(Huber):
    """Huber's loss of an autoencoder, whose targets are its own standardised inputs, those that a sample has.

    What it predicts is how far off each input is: the output less the input, 0 for an absent feature.
    """
