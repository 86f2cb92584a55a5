"""A saved model answering: NumPy, SciPy and the exported forward pass. Neither Keras nor scikit-learn is imported."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from seqloom import engine
from seqloom.artifact import Artifact, read_artifact
from seqloom.baselines.constant import repeat_shares
from seqloom.baselines.margin import predict_linear
from seqloom.errors import ArtifactError, ForwardStale
from seqloom.flow import Arrays, Card
from seqloom.targets import encode_labels
from seqloom.text.tokens import Texts, as_texts
from seqloom.text.vectorise import encoder_from_state

__all__ = ["Predictor", "load_predictor"]

Answer = Callable[[Mapping[str, Any]], np.ndarray]

# Texts encoded at a time: bounds memory for a table of any size, and is enough to keep the cores busy.
_CHUNK = 8_192


class Predictor:
    """A saved text classifier, ready to answer.

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
    >>> model = seqloom.load("runs/imdb")  # doctest: +SKIP
    >>> model.predict(["A film I would happily see twice."])  # doctest: +SKIP
    array(['pos'], dtype='<U3')
    """

    def __init__(self, artifact: Artifact) -> None:
        self.card: Card = artifact.card
        self.classes_ = np.array(list(artifact.card.classes))
        self._artifact = artifact
        self._encoder = encoder_from_state(artifact.card.encoding, artifact.words, arrays=artifact.encoder)
        self._answer = _make_answer(artifact)

    def predict_proba(self, texts: Texts | Iterable[str]) -> np.ndarray:
        """Probabilities, ``[N, K] float32``, columns in the order of ``classes_``."""
        parts = [self._answer(self._encoder.encode(part)) for part in _cut(texts)]
        return np.concatenate(parts) if parts else np.zeros((0, len(self.classes_)), dtype=np.float32)

    def predict(self, texts: Texts | Iterable[str]) -> np.ndarray:
        """The most probable class of each text, ``[N]``."""
        return self.classes_[self.predict_proba(texts).argmax(axis=1)]

    def score(self, texts: Texts | Iterable[str], labels: Any) -> float:
        """The share of texts whose class is predicted (accuracy)."""
        probability = self.predict_proba(texts)
        return float((probability.argmax(axis=1) == encode_labels(labels, self.classes_)).mean())

    def top_features(self, n: int = 10) -> dict[str, list[str]]:
        """The n-grams that speak most for each class; empty for models that have none (nets, majority)."""
        arrays, encoder = self._artifact.model, self._encoder
        if not {"weight", "coef"} <= set(arrays) or not hasattr(encoder, "spell"):
            return {}
        pull = arrays["weight"] * arrays["coef"]  # [R, F]
        rows = np.concatenate([-pull, pull]) if len(pull) == 1 else pull
        best = [np.argsort(-row, kind="stable")[:n] for row in rows]
        return {str(name): encoder.spell(columns) for name, columns in zip(self.classes_, best, strict=True)}


def load_predictor(folder: str | Path) -> Predictor:
    """The model of a folder, ready to answer.

    Parameters
    ----------
    folder : str or Path
        A run folder, or what ``save`` wrote.

    Returns
    -------
    Predictor
        Nothing of the folder was executed but its exported forward pass, once that was looked over.

    Raises
    ------
    ArtifactError
        Where the folder is damaged, foreign or of another version.
    ForwardStale
        Where card and weights are whole and the exported program cannot run here (``seqloom.load`` rebuilds it then).
    """
    return Predictor(read_artifact(Path(folder)))


def _cut(texts: Texts | Iterable[str]) -> Iterator[Texts]:
    if isinstance(texts, Texts):
        rows = np.arange(len(texts))
        yield from (texts.take(rows[start : start + _CHUNK]) for start in range(0, len(texts), _CHUNK))
        return
    if isinstance(texts, str):
        as_texts(texts)  # refuses, with the remedy
    items: Any = texts if hasattr(texts, "__getitem__") and hasattr(texts, "__len__") else list(texts)
    for start in range(0, len(items), _CHUNK):
        yield as_texts(items[start : start + _CHUNK])


def _make_answer(artifact: Artifact) -> Answer:
    """How the model's kind answers."""
    kind = artifact.card.model.get("kind")
    n_classes = len(artifact.card.classes)
    if kind == "constant":
        return partial(repeat_shares, arrays=_check(artifact, {"shares": (n_classes,)}))
    if kind == "linear":
        rows = 1 if n_classes == 2 else n_classes
        n_features = len(artifact.encoder.get("ngram_keys", ()))
        shapes = {"weight": (rows, n_features), "coef": (rows, n_features), "intercept": (rows,)}
        return partial(predict_linear, arrays=_check(artifact, shapes))
    if kind == "net":
        return _make_net_answer(artifact, n_classes)
    raise ArtifactError(f"a model of kind {kind!r} found; constant, linear or net expected. Is it of a newer version?")


def _check(artifact: Artifact, shapes: Mapping[str, tuple[int, ...]]) -> Arrays:
    """The model's arrays, if they have the shapes that its card implies."""
    found = {name: tuple(array.shape) for name, array in artifact.model.items()}
    if found != dict(shapes):
        raise ArtifactError(
            f"arrays of shapes {found} found, {dict(shapes)} expected for {len(artifact.card.classes)} classes. "
            "Card and weights do not belong together; get the folder from its source again."
        )
    return artifact.model


def _make_net_answer(artifact: Artifact, n_classes: int) -> Answer:
    if artifact.forward is None:
        raise ForwardStale("the folder has no forward.bin.")
    engine.prepare_jax()
    weights = [artifact.model[name] for name in sorted(artifact.model)]
    function = engine.load_forward(artifact.forward, weights, n_columns=n_classes)
    return partial(engine.run_forward, function, n_columns=n_classes)
