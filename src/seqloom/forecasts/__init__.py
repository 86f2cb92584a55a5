"""Forecasts, apart from how a model came to be: what trains one and what loads one answer in the same words.

``answer`` goes from rows to values with intervals, whatever the model; ``predictor`` is a saved model. Floor 4, as it
joins stages; light, as a cold prediction needs it.
"""

from seqloom.forecasts.answer import (
    LEVELS,
    Answer,
    Answered,
    Yardstick,
    answer_origins,
    answer_part,
    find_bands,
    forecast_ahead,
    read_series,
)
from seqloom.forecasts.predictor import (
    ENSEMBLE,
    SOLVED,
    ForecastPredictor,
    make_answer,
    pack_answer,
    restore_solved,
    unpack_answer,
)
from seqloom.forecasts.quantiles import QUANTILES, check_quantiles

__all__ = [
    "ENSEMBLE",
    "LEVELS",
    "QUANTILES",
    "SOLVED",
    "Answer",
    "Answered",
    "ForecastPredictor",
    "Yardstick",
    "answer_origins",
    "answer_part",
    "check_quantiles",
    "find_bands",
    "forecast_ahead",
    "make_answer",
    "pack_answer",
    "read_series",
    "restore_solved",
    "unpack_answer",
]
