"""A saved classifier of whole series answering: NumPy and the exported forward pass, without Keras and scikit-learn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from seqloom import engine
from seqloom.artifact import Artifact
from seqloom.baselines.constant import repeat_shares
from seqloom.baselines.kernels import check_kernels, predict_rocket
from seqloom.baselines.neighbours import predict_neighbours
from seqloom.errors import ArtifactError, ForwardStale
from seqloom.flow import Card
from seqloom.json_files import check_fields
from seqloom.scores.temperature import apply_temperature, read_temperature
from seqloom.series.collection import Collection, CollectionEncoder, as_collection
from seqloom.targets import encode_labels

__all__ = ["SeriesPredictor", "open_encoder"]

Answer = Callable[[Mapping[str, Any]], np.ndarray]

_REMEDY = "Card and weights do not belong together; get the folder from its source again."

# Series answered at a time: bounds memory for any number of them.
_CHUNK = 2_048


class SeriesPredictor:
    """A saved classifier of whole series, ready to answer.

    Parameters
    ----------
    artifact : Artifact
        From ``read_artifact``.

    Attributes
    ----------
    card : Card
        What the model is.
    classes_ : ndarray, ``[K]``
        The order of the probability columns.

    Examples
    --------
    >>> import seqloom
    >>> model = seqloom.load("runs/gestures")  # doctest: +SKIP
    >>> model.predict([recorded])  # doctest: +SKIP
    array(['wave'], dtype='<U5')
    """

    def __init__(self, artifact: Artifact) -> None:
        self.card: Card = artifact.card
        self.classes_ = np.array(list(artifact.card.classes))
        self._temperature = read_temperature(artifact.card.model)
        self.encoder_ = open_encoder(artifact)
        self._answer = _make_answer(artifact, self.encoder_)

    def predict_proba(self, x: Any) -> np.ndarray:
        """Probabilities, ``[N, K] float32``, in the order of ``classes_``; ``x`` as ``as_collection`` takes it."""
        series = as_collection(x)
        parts = [np.zeros((0, len(self.classes_)), dtype=np.float32)]
        for start in range(0, len(series), _CHUNK):
            part: Collection = series.take(np.arange(start, min(start + _CHUNK, len(series))))
            parts.append(apply_temperature(self._answer(self.encoder_.encode(part)), self._temperature))
        return np.concatenate(parts)

    def predict(self, x: Any) -> np.ndarray:
        """The most probable class of each series, ``[N]``."""
        named: np.ndarray = self.classes_[self.predict_proba(x).argmax(axis=1)]
        return named

    def score(self, x: Any, labels: Any) -> float:
        """The share of series whose class is predicted (accuracy)."""
        return float((self.predict_proba(x).argmax(axis=1) == encode_labels(labels, self.classes_)).mean())


def open_encoder(artifact: Artifact) -> CollectionEncoder:
    """The encoder of an ``artifact``, once model, classes and arrays have the sizes that belong together.

    Raises
    ------
    ArtifactError
        Naming what disagrees.
    """
    encoder, model = CollectionEncoder.from_state(artifact.card.encoding, artifact.encoder), artifact.card.model
    check_fields(model, {"kind": (str,), "n_classes": (int,)}, where="the model in card.json")
    n_classes = len(artifact.card.classes)
    if model["n_classes"] != n_classes:
        raise ArtifactError(f"a model of {model['n_classes']} classes found, card.json names {n_classes}. {_REMEDY}")
    if model["kind"] not in _CHECKS:
        known = ", ".join(_CHECKS)
        raise ArtifactError(f"a model of kind {model['kind']!r:.60} found, one of {known} expected. A newer version?")
    if not _CHECKS[model["kind"]](artifact, encoder.n_channels):
        found = {name: (str(array.dtype), array.shape) for name, array in artifact.model.items()}
        raise ArtifactError(f"a model of kind {model['kind']!r} with arrays {found} found. {_REMEDY}")
    return encoder


def _is_constant(artifact: Artifact, n_channels: int) -> bool:  # noqa: ARG001 (as its neighbours)
    return {name: array.shape for name, array in artifact.model.items()} == {"shares": (len(artifact.card.classes),)}


def _is_rocket(artifact: Artifact, n_channels: int) -> bool:
    check_fields(artifact.card.model, {"alpha": (int, float)}, where="the model in card.json")
    return check_kernels(artifact.model, n_channels=n_channels, n_classes=len(artifact.card.classes))


def _is_neighbours(artifact: Artifact, n_channels: int) -> bool:
    model, arrays = artifact.card.model, artifact.model
    check_fields(model, {"window": (int,), "sharpness": (int, float)}, where="the model in card.json")
    if set(arrays) != {"values", "offsets", "target"} or model["window"] < 0 or not model["sharpness"] > 0:
        return False
    values, offsets, target = arrays["values"], arrays["offsets"], arrays["target"]
    return bool(
        values.ndim == 2
        and values.shape[1] == n_channels
        and offsets.dtype == np.int64
        and target.dtype == np.int32
        and offsets.shape == (len(target) + 1,)
        and len(target)
        and (offsets[0], offsets[-1]) == (0, len(values))
        and (np.diff(offsets) > 0).all()
        and 0 <= target.min() <= target.max() < len(artifact.card.classes)
    )


def _is_net(artifact: Artifact, n_channels: int) -> bool:
    """Its arrays are held against the exported program."""
    check_fields(artifact.card.model, {"family": (str,), "sizes": (dict,)}, where="the model in card.json")
    return bool(artifact.card.model["sizes"].get("n_channels") == n_channels)


_CHECKS: dict[str, Callable[[Artifact, int], bool]] = {
    "constant": _is_constant,
    "rocket": _is_rocket,
    "neighbours": _is_neighbours,
    "net": _is_net,
}


def _make_answer(artifact: Artifact, encoder: CollectionEncoder) -> Answer:
    """How the model's kind answers, once it was looked over."""
    kind, arrays = artifact.card.model["kind"], artifact.model
    if kind == "constant":
        return partial(repeat_shares, arrays=arrays)
    if kind == "rocket":
        return partial(predict_rocket, arrays=arrays)
    if kind == "neighbours":
        return partial(predict_neighbours, arrays=arrays, settings=artifact.card.model)
    if artifact.forward is None:
        raise ForwardStale("the folder has no forward.bin.")
    engine.prepare_jax()
    shape = (len(artifact.card.classes),)
    weights = [arrays[name] for name in sorted(arrays)]
    inputs = {"steps": (None, encoder.n_channels), "mask": (None,)}
    forward = engine.load_forward(artifact.forward, weights, shape=shape, inputs=inputs)
    return partial(engine.run_forward, forward, shape=shape)
