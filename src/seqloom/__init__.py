"""Learning from text and sequences: from raw files to a trained, compared, saved, servable model.

The map, from the top of the house down (a module imports only from what stands below it)::

    cli                the command: train, rank, evaluate, predict, backtest, inspect, curve, vectors, get, demo
    legacy             what Keras 3 removed, under the old names
    studies            many fits of a task: compare, rank, curve, backtest
    tasks              one file, one task: TextClassifier, SeriesClassifier, Forecaster
    learner            fit, predict, score, save, load, written once
    predictor          a saved model answering, without Keras and scikit-learn; likewise forecasts, series_predictor
    network            a Keras net trained by the engine
    frames  text  series  nets  baselines  engine  scores  report        the stages; none imports another
    targets  artifact  flow  errors  lazy  cache  whole          labels, the model folder, records, exceptions

Public names load what they need when they are first asked for.
"""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seqloom.errors import ForwardStale, SeqloomError
from seqloom.lazy import resolve_lazily

if TYPE_CHECKING:
    from seqloom.artifact import Artifact

# Who imports Keras behind seqloom, for a net of their own, gets it on JAX; another choice of theirs is left alone, and
# refused by ``nets`` with the reason.
os.environ.setdefault("KERAS_BACKEND", "jax")

__all__ = [
    "CountVectorizer",
    "Forecaster",
    "HashingVectorizer",
    "LsaVectorizer",
    "OneHotVectorizer",
    "Predictor",
    "SeqloomError",
    "SeriesClassifier",
    "SeriesRegressor",
    "TextClassifier",
    "TextVectorizer",
    "WordVectors",
    "__version__",
    "gather_series",
    "load",
]

__version__ = "0.1.0"

_find = resolve_lazily(
    __name__,
    {
        "CountVectorizer": "seqloom.text.count",
        "Forecaster": "seqloom.tasks.forecaster",
        "HashingVectorizer": "seqloom.text.hashing",
        "LsaVectorizer": "seqloom.text.lsa",
        "OneHotVectorizer": "seqloom.text.onehot",
        "Predictor": "seqloom.predictor",
        "SeriesClassifier": "seqloom.tasks.series_classifier",
        "SeriesRegressor": "seqloom.tasks.series_regressor",
        "TextClassifier": "seqloom.tasks.text_classifier",
        "TextVectorizer": "seqloom.text.vectorise",
        "WordVectors": "seqloom.text.vectors",
        "gather_series": "seqloom.tasks.long_tables",
    },
)


def __getattr__(name: str) -> Any:
    """Public names, loaded at the first look-up."""
    return _find(name)


def __dir__() -> list[str]:
    """Public names, loaded or not."""
    return sorted({*globals(), *__all__})


def load(folder: str | Path) -> Any:
    """The model of a folder, ready to answer, light and fast.

    Parameters
    ----------
    folder : str or Path
        A run folder, or what ``save`` wrote. ``TextClassifier.load`` gives the learner instead, to look into or refit.

    Returns
    -------
    Predictor, SeriesPredictor, SeriesNumberPredictor or ForecastPredictor
        Of classes with ``predict``, ``predict_proba``, ``score``, ``classes_`` and ``card``; of numbers without
        ``predict_proba`` and ``classes_``; of a forecaster with ``predict`` and ``card``. Where the exported forward
        pass of a net cannot run here (another version of JAX), it is rebuilt from card and weights, with a warning:
        that takes Keras and some seconds, and gives the same labels.

    Raises
    ------
    ArtifactError
        Where the folder is damaged, foreign or of another version.
    """
    from seqloom.artifact import read_artifact

    artifact = read_artifact(Path(folder))
    try:
        return _make_predictor(artifact)
    except ForwardStale as problem:
        from seqloom.tasks.rebuild import rebuild_forward

        warnings.warn(f"{problem} It is rebuilt from card and weights.", UserWarning, stacklevel=2)
        return _make_predictor(rebuild_forward(Path(folder)))


def _make_predictor(artifact: Artifact) -> Any:
    """What answers for a folder of that task."""
    if artifact.card.task == "forecaster":
        from seqloom.forecasts import ForecastPredictor

        return ForecastPredictor(artifact)
    if artifact.card.task in ("series-classifier", "series-regressor"):
        from seqloom.series_predictor import SeriesNumberPredictor, SeriesPredictor

        return (SeriesPredictor if artifact.card.task == "series-classifier" else SeriesNumberPredictor)(artifact)
    from seqloom.predictor import Predictor

    return Predictor(artifact)
