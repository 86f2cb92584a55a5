"""A saved model of whole series answering: NumPy and the exported forward pass, without Keras and scikit-learn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from seqloom import engine
from seqloom.artifact import Artifact
from seqloom.baselines.constant import repeat_shares
from seqloom.baselines.kernels import check_kernels, predict_rocket, project_rocket
from seqloom.baselines.neighbours import predict_nearest, predict_neighbours
from seqloom.errors import ArtifactError, ForwardStale
from seqloom.flow import Card
from seqloom.json_files import check_fields
from seqloom.scores.regression import share_explained
from seqloom.scores.temperature import apply_temperature, read_temperature
from seqloom.series.collection import Collection, CollectionEncoder, as_collection
from seqloom.targets import encode_labels, read_numbers

__all__ = ["SeriesNumberPredictor", "SeriesPredictor", "open_encoder", "open_number_encoder"]

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
        answers = _answer_all(as_collection(x), encoder=self.encoder_, answer=self._answer, width=len(self.classes_))
        return apply_temperature(answers, self._temperature)

    def predict(self, x: Any) -> np.ndarray:
        """The most probable class of each series, ``[N]``."""
        named: np.ndarray = self.classes_[self.predict_proba(x).argmax(axis=1)]
        return named

    def score(self, x: Any, labels: Any) -> float:
        """The share of series whose class is predicted (accuracy)."""
        return float((self.predict_proba(x).argmax(axis=1) == encode_labels(labels, self.classes_)).mean())


class SeriesNumberPredictor:
    """A saved regressor of whole series, ready to answer.

    Parameters
    ----------
    artifact : Artifact
        From ``read_artifact``.

    Attributes
    ----------
    card : Card
        What the model is.

    Examples
    --------
    >>> import seqloom
    >>> model = seqloom.load("runs/appliances")  # doctest: +SKIP
    >>> model.predict([recorded])  # doctest: +SKIP
    array([17.3])
    """

    def __init__(self, artifact: Artifact) -> None:
        self.card: Card = artifact.card
        self.encoder_ = open_number_encoder(artifact)
        self._mean, self._scale = artifact.card.model["target_mean"], artifact.card.model["target_scale"]
        self._answer = _make_answer(artifact, self.encoder_)

    def predict(self, x: Any) -> np.ndarray:
        """A number for each series, ``[N] float64``; ``x`` as ``as_collection`` takes it."""
        answers = _answer_all(as_collection(x), encoder=self.encoder_, answer=self._answer, width=1)
        numbers: np.ndarray = answers[:, 0].astype(np.float64) * self._scale + self._mean
        return numbers

    def score(self, x: Any, numbers: Any) -> float:
        """R squared: 1 at best, 0 as good as the mean of these ``numbers``."""
        return share_explained(read_numbers(numbers), self.predict(x))


def _answer_all(series: Collection, *, encoder: CollectionEncoder, answer: Answer, width: int) -> np.ndarray:
    """What a model says of some ``series``, ``[N, width] float32``, some at a time."""
    parts = [np.zeros((0, width), dtype=np.float32)]
    for start in range(0, len(series), _CHUNK):
        part: Collection = series.take(np.arange(start, min(start + _CHUNK, len(series))))
        parts.append(answer(encoder.encode(part)))
    return np.concatenate(parts)


def open_encoder(artifact: Artifact) -> CollectionEncoder:
    """The encoder of a classifier's ``artifact``, once model, classes and arrays have sizes that belong together.

    Raises
    ------
    ArtifactError
        Naming what disagrees.
    """
    return _open(artifact, n_answers=len(artifact.card.classes), kinds=("constant", "rocket", "neighbours", "net"))


def open_number_encoder(artifact: Artifact) -> CollectionEncoder:
    """The encoder of a regressor's ``artifact``, likewise.

    Raises
    ------
    ArtifactError
        Naming what disagrees.
    """
    model = artifact.card.model
    check_fields(model, dict.fromkeys(("target_mean", "target_scale"), (int, float)), where="the model in card.json")
    if not (np.isfinite(model["target_mean"]) and 0 < model["target_scale"] < np.inf):
        raise ArtifactError("card.json: a target whose mean or scale is no number found. Get the folder again.")
    return _open(artifact, n_answers=1, kinds=("mean", "rocket", "neighbours", "net"))


def _open(artifact: Artifact, *, n_answers: int, kinds: tuple[str, ...]) -> CollectionEncoder:
    encoder, model = CollectionEncoder.from_state(artifact.card.encoding, artifact.encoder), artifact.card.model
    check_fields(model, {"kind": (str,), "n_classes": (int,)}, where="the model in card.json")
    if model["n_classes"] != n_answers:
        raise ArtifactError(f"a model of {model['n_classes']} answers found, card.json names {n_answers}. {_REMEDY}")
    if model["kind"] not in kinds:
        known = ", ".join(kinds)
        raise ArtifactError(f"a model of kind {model['kind']!r:.60} found, one of {known} expected. A newer version?")
    if not _CHECKS[model["kind"]](artifact, encoder.n_channels):
        found = {name: (str(array.dtype), array.shape) for name, array in artifact.model.items()}
        raise ArtifactError(f"a model of kind {model['kind']!r} with arrays {found} found. {_REMEDY}")
    return encoder


def _is_constant(artifact: Artifact, n_channels: int) -> bool:  # noqa: ARG001 (as its neighbours)
    shape = (artifact.card.model["n_classes"],)
    return {name: array.shape for name, array in artifact.model.items()} == {"shares": shape}


def _is_rocket(artifact: Artifact, n_channels: int) -> bool:
    check_fields(artifact.card.model, {"alpha": (int, float)}, where="the model in card.json")
    return check_kernels(artifact.model, n_channels=n_channels, n_classes=artifact.card.model["n_classes"])


def _is_neighbours(artifact: Artifact, n_channels: int) -> bool:
    model, arrays = artifact.card.model, artifact.model
    check_fields(model, {"window": (int,)}, where="the model in card.json")
    if set(arrays) != {"values", "offsets", "target"} or model["window"] < 0:
        return False
    values, offsets, target = arrays["values"], arrays["offsets"], arrays["target"]
    return bool(
        values.ndim == 2
        and values.shape[1] == n_channels
        and offsets.dtype == np.int64
        and target.ndim == 1
        and offsets.shape == (len(target) + 1,)
        and len(target)
        and (offsets[0], offsets[-1]) == (0, len(values))
        and (np.diff(offsets) > 0).all()
        and (_are_classes(artifact) if artifact.card.classes else target.dtype == np.float32)
    )


def _are_classes(artifact: Artifact) -> bool:
    """Whether neighbours have the classes of the card, and how sure they are is told."""
    check_fields(artifact.card.model, {"sharpness": (int, float)}, where="the model in card.json")
    target = artifact.model["target"]
    is_known = target.dtype == np.int32 and 0 <= target.min() <= target.max() < len(artifact.card.classes)
    return bool(is_known and artifact.card.model["sharpness"] > 0)


def _is_net(artifact: Artifact, n_channels: int) -> bool:
    """Its arrays are held against the exported program."""
    check_fields(artifact.card.model, {"family": (str,), "sizes": (dict,)}, where="the model in card.json")
    return bool(artifact.card.model["sizes"].get("n_channels") == n_channels)


_CHECKS: dict[str, Callable[[Artifact, int], bool]] = {
    "constant": _is_constant,
    "mean": _is_constant,
    "rocket": _is_rocket,
    "neighbours": _is_neighbours,
    "net": _is_net,
}


def _make_answer(artifact: Artifact, encoder: CollectionEncoder) -> Answer:
    """How the model's kind answers, once it was looked over."""
    kind, arrays, is_classifier = artifact.card.model["kind"], artifact.model, bool(artifact.card.classes)
    if kind in ("constant", "mean"):
        return partial(repeat_shares, arrays=arrays)
    if kind == "rocket":
        return partial(predict_rocket if is_classifier else project_rocket, arrays=arrays)
    if kind == "neighbours":
        answer = predict_neighbours if is_classifier else predict_nearest
        return partial(answer, arrays=arrays, settings=artifact.card.model)
    if artifact.forward is None:
        raise ForwardStale("the folder has no forward.bin.")
    engine.prepare_jax()
    shape = (artifact.card.model["n_classes"],)
    weights = [arrays[name] for name in sorted(arrays)]
    inputs = {"steps": (None, encoder.n_channels), "mask": (None,)}
    forward = engine.load_forward(artifact.forward, weights, shape=shape, inputs=inputs)
    return partial(engine.run_forward, forward, shape=shape)
