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
from seqloom.baselines.margin import predict_linear, predict_ranked
from seqloom.errors import ArtifactError, ForwardStale
from seqloom.flow import Card
from seqloom.json_files import check_fields
from seqloom.scores.blend import blend
from seqloom.scores.multilabel import read_threshold
from seqloom.scores.temperature import apply_temperature, read_temperature
from seqloom.targets import decide, encode_labels, find_hits, name_answers
from seqloom.text.count import CountVectorizer
from seqloom.text.lsa import LsaVectorizer
from seqloom.text.ngram_set import NgramSetVectorizer
from seqloom.text.tokens import Texts, as_texts
from seqloom.text.vectorise import Encoder, TextVectorizer, encoder_from_state

__all__ = ["Predictor", "check_model", "load_predictor"]

Answer = Callable[[Mapping[str, Any]], np.ndarray]

_REMEDY = "Card and weights do not belong together; get the folder from its source again."

# What every net of text begins with, by our own name.
_VECTORS = "embed/embeddings"

# The family of a net of the user's own, as ``nets.defaults`` has it; this room must not reach that one.
_OWN_NET = "own"

# Sizes of a net; which of them a family has, is its own affair, as the exported program is checked against the weights.
_OF_ALL_NETS = ("n_ids", "width", "length", "dropout")
_SIZES: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(("n_ids", "width", "length", "units", "layers", "kernel_size", "heads"), (int,)),
    **dict.fromkeys(("dropout", "recurrent_dropout"), (int, float)),
    "bidirectional": (bool,),
}

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
    threshold_ : float or None
        The probability from which each of several labels is given; None: one class a text.

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
        self._encoder: Encoder | None = None
        self._temperature = read_temperature(artifact.card.model)
        self.threshold_, self._is_indicator = read_threshold(artifact.card.model)
        if artifact.card.model.get("kind") == "ensemble":
            self._answer = _make_blend(artifact)
            return
        self._encoder = encoder = encoder_from_state(artifact.card.encoding, artifact.words, arrays=artifact.encoder)
        check_model(artifact, encoder)
        answer = _make_answer(artifact, encoder)
        self._answer = lambda texts: answer(encoder.encode(texts))

    def predict_proba(self, texts: Texts | Iterable[str]) -> np.ndarray:
        """Probabilities, ``[N, K] float32``, columns in the order of ``classes_``; calibrated, if the model was."""
        parts = [apply_temperature(self._answer(part), self._temperature) for part in _cut(texts)]
        return np.concatenate(parts) if parts else np.zeros((0, len(self.classes_)), dtype=np.float32)

    def predict(self, texts: Texts | Iterable[str]) -> Any:
        """The most probable class of each text, ``[N]``; of several labels at once as the learner's ``predict``."""
        answer = decide(self.predict_proba(texts), self.threshold_)
        return name_answers(answer, self.classes_, is_indicator=self._is_indicator)

    def name_labels(self, probability: np.ndarray) -> list[Any]:
        """What ``probability`` ``[N, K]`` answers: a label for each row, or a list of labels."""
        named = name_answers(decide(probability, self.threshold_), self.classes_)
        return named if isinstance(named, list) else named.tolist()

    def score(self, texts: Texts | Iterable[str], labels: Any) -> float:
        """The share of texts whose class is predicted (accuracy); of several labels at once, all of them."""
        answer = decide(self.predict_proba(texts), self.threshold_)
        return float(find_hits(encode_labels(labels, self.classes_, like=answer), answer).mean())

    def top_features(self, n: int = 10) -> dict[str, list[str]]:
        """The n-grams that speak most for each class; empty for models that have none (nets, majority, ensembles)."""
        arrays, encoder = self._artifact.model, self._encoder
        if not {"weight", "coef"} <= set(arrays) or not isinstance(encoder, CountVectorizer):
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
        yield as_texts(items[start : start + _CHUNK], first_row=start)


def check_model(artifact: Artifact, encoder: Encoder) -> None:
    """Nothing, if encoder, classes and arrays have the sizes that belong together.

    Parameters
    ----------
    artifact : Artifact
        From outside.
    encoder : Encoder
        Its encoder.

    Raises
    ------
    ArtifactError
        Naming what disagrees. An id beyond the rows of an embedding, for one, would be answered for in silence.
    """
    card, n_classes = artifact.card, len(artifact.card.classes)
    check_fields(card.model, {"kind": (str,), "n_classes": (int,)}, where="the model in card.json")
    if card.model["n_classes"] != n_classes:
        raise ArtifactError(
            f"a model of {card.model['n_classes']} classes found, card.json names {n_classes}. {_REMEDY}"
        )
    are_several = read_threshold(card.model)[0] is not None
    kind, rows = card.model["kind"], 1 if n_classes == 2 and not are_several else n_classes
    if kind == "constant":
        _check_shapes(artifact, {"shares": (n_classes,)})
    elif kind == "linear" and isinstance(encoder, CountVectorizer):
        check_fields(card.model, {"strength": (int, float)}, where="the model in card.json")
        of_ngrams = (rows, encoder.n_features)
        _check_shapes(artifact, {"weight": of_ngrams, "coef": of_ngrams, "intercept": (rows,)})
    elif kind == "ranked" and isinstance(encoder, LsaVectorizer):
        check_fields(card.model, {"rank": (int,)}, where="the model in card.json")
        _check_shapes(artifact, {"coef": (rows, min(card.model["rank"], encoder.n_columns)), "intercept": (rows,)})
    elif kind == "net" and isinstance(encoder, TextVectorizer | NgramSetVectorizer):
        _check_net(artifact, encoder)
    else:
        found = f"a model of kind {kind!r:.60} with an encoding of kind {card.encoding['kind']!r}"
        raise ArtifactError(f"{found} found; constant, linear, ranked or net expected. Is it of a newer version?")


def _make_blend(artifact: Artifact) -> Callable[[Texts], np.ndarray]:
    """How an ensemble answers, once it was checked: the weighted mean of its members' probabilities."""
    card, members = artifact.card, artifact.members
    check_fields(card.model, {"n_classes": (int,), "weights": (dict,)}, where="the model in card.json")
    weights = card.model["weights"]
    check_fields(weights, dict.fromkeys(weights, (int, float)), where="the weights in card.json")
    shares = list(weights.values())
    is_mean = bool(shares) and min(shares) > 0 and abs(sum(shares) - 1) <= 1e-6  # NaN fails the last
    if not is_mean or set(weights) != set(members):
        raise ArtifactError(
            f"card.json: an ensemble of {weights!r:.200} found; a weight above 0 for each folder in members/, 1 in "
            f"all, expected. {_REMEDY}"
        )
    for name, member in members.items():
        if (member.card.family, member.card.classes) != (name, card.classes):
            raise ArtifactError(f"members/{name}: another family or other classes than card.json says. {_REMEDY}")
    if card.model["n_classes"] != len(card.classes):
        raise ArtifactError(f"an ensemble of {card.model['n_classes']} classes found, {len(card.classes)} expected.")
    predictors = [Predictor(members[name]) for name in weights]
    return lambda texts: blend([predictor.predict_proba(texts) for predictor in predictors], shares)


def _check_shapes(artifact: Artifact, shapes: Mapping[str, tuple[int, ...]]) -> None:
    found = {name: tuple(array.shape) for name, array in artifact.model.items()}
    if found != dict(shapes) or any(array.dtype != np.float32 for array in artifact.model.values()):
        raise ArtifactError(f"arrays of shapes {found} found, float32 of {dict(shapes)} expected. {_REMEDY}")


def _check_net(artifact: Artifact, encoder: TextVectorizer | NgramSetVectorizer) -> None:
    """Vocabulary, settings and word vectors of a net; its other arrays are held against the exported program."""
    model = artifact.card.model
    check_fields(model, {"family": (str,), "sizes": (dict,)}, where="the model in card.json")
    sizes = model["sizes"]
    fields = {name: _SIZES[name] for name in (*_OF_ALL_NETS, *sizes) if name in _SIZES}
    check_fields(sizes, fields, where="the sizes in card.json")
    vectors = artifact.model.get(_VECTORS)
    shape = None if vectors is None else vectors.shape
    found = (model["family"], sizes["n_ids"], sizes["length"], shape)
    is_own = artifact.card.family == _OWN_NET  # then nothing is known of its layers
    of_words = None if is_own else (encoder.n_ids, sizes["width"])
    expected = (artifact.card.family, encoder.n_ids, encoder.length, of_words)
    if found != expected or not set(sizes) <= set(_SIZES) or not 0 <= sizes["dropout"] < 1:
        raise ArtifactError(
            f"card.json: a net with (family, ids, length, word vectors) {found} found, {expected} expected of its "
            f"vocabulary. {_REMEDY}"
        )


def _make_answer(artifact: Artifact, encoder: Encoder) -> Answer:
    """How the model's kind answers, once it was checked."""
    kind = artifact.card.model["kind"]
    if kind == "constant":
        return partial(repeat_shares, arrays=artifact.model)
    if kind in ("linear", "ranked"):
        answer = predict_linear if kind == "linear" else predict_ranked
        return partial(answer, arrays=artifact.model, multilabel=artifact.card.model.get("multilabel", False))
    if artifact.forward is None:
        raise ForwardStale("the folder has no forward.bin.")
    engine.prepare_jax()
    n_classes = len(artifact.card.classes)
    weights = [artifact.model[name] for name in sorted(artifact.model)]
    length = encoder.length if isinstance(encoder, TextVectorizer) and encoder.fixed else None
    forward = engine.load_forward(artifact.forward, weights, n_columns=n_classes, length=length)
    return partial(engine.run_forward, forward, n_columns=n_classes)
