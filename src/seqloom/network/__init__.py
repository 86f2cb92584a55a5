"""Keras nets trained by the engine: here nets and engine meet, and the result is a ``flow.Model`` as any rival is.

A room of its own (floor 4), because stages do not import each other, and because the predictor, which answers without
Keras, must not come near it. Start reading at ``trained``: what all nets do; the others say what theirs is for.
"""

from seqloom.network.classifier import NetModel
from seqloom.network.forecaster import ForecastNet
from seqloom.network.regressor import RegressionNet
from seqloom.network.trained import TrainedNet

__all__ = ["ForecastNet", "NetModel", "RegressionNet", "TrainedNet"]
