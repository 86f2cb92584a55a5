"""Keras layers, and families of nets built from them. Keras is imported here, on JAX, and for one class of ``legacy``.

The backend is chosen before the first import of Keras; an installed TensorFlow is never imported.
"""

import os
import sys

from seqloom.errors import UsageError
from seqloom.lazy import resolve_lazily

__all__ = [
    "ForecastSizes",
    "NetSizes",
    "Objective",
    "PureNet",
    "SeriesSizes",
    "build_forecaster",
    "build_from_plan",
    "build_net",
    "build_optimizer",
    "build_rising",
    "build_series_net",
    "judge_classes",
    "judge_values",
    "make_pure",
    "split_by_row",
]

if "keras" in sys.modules and sys.modules["keras"].backend.backend() != "jax":
    raise UsageError(
        f"Keras was imported on {sys.modules['keras'].backend.backend()} before seqloom, which needs it on jax. "
        "Import seqloom.nets first, or set KERAS_BACKEND=jax."
    )
os.environ["KERAS_BACKEND"] = "jax"

__getattr__ = resolve_lazily(
    __name__,
    {
        "ForecastSizes": "seqloom.nets.forecast",
        "NetSizes": "seqloom.nets.families",
        "Objective": "seqloom.nets.objectives",
        "PureNet": "seqloom.nets.pure",
        "SeriesSizes": "seqloom.nets.series",
        "build_forecaster": "seqloom.nets.forecast",
        "build_from_plan": "seqloom.nets.optimise",
        "build_net": "seqloom.nets.families",
        "build_optimizer": "seqloom.nets.optimise",
        "build_rising": "seqloom.nets.optimise",
        "build_series_net": "seqloom.nets.series",
        "judge_classes": "seqloom.nets.objectives",
        "judge_values": "seqloom.nets.objectives",
        "make_pure": "seqloom.nets.pure",
        "split_by_row": "seqloom.nets.by_row",
    },
)
