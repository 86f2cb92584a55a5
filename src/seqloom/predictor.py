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
from seqloom.errors import ArtifactError, ForwardStale, UsageError
from seqloom.flow import Card
from seqloom.json_files import check_fields
from seqloom.scores.blend import blend
from seqloom.scores.multilabel import read_threshold
from seqloom.scores.temperature import apply_temperature, read_temperature
from seqloom.targets import decide, encode_labels, find_hits, name_answers
from seqloom.text.beside import JointEncoder, restore_encoder, split_encoder
from seqloom.text.column_encoder import ColumnEncoder
from seqloom.text.columns import Columns, read_columns
from seqloom.text.count import CountVectorizer
from seqloom.text.lsa import LsaVectorizer
from seqloom.text.ngram_set import NgramSetVectorizer
from seqloom.text.tokens import Texts, as_texts
from seqloom.text.vectorise import Encoder, TextVectorizer

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
    "n_beside": (int,),
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
    columns_ : ColumnEncoder or None
        What the model reads of columns beside the text; None where it reads the text alone.

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
        self.columns_: ColumnEncoder | None = None
        self._temperature = read_temperature(artifact.card.model)
        self.threshold_, self._is_indicator = read_threshold(artifact.card.model)
        if artifact.card.model.get("kind") == "ensemble":
            predictors = _make_members(artifact)
            self.columns_ = predictors[0].columns_
            shares = [*artifact.card.model["weights"].values()]
            self._answer = lambda texts: blend([predictor.predict_proba(texts) for predictor in predictors], shares)
            return
        encoder = restore_encoder(artifact.card.encoding, artifact.words, arrays=artifact.encoder)
        self._encoder, self.columns_ = split_encoder(encoder)
        check_model(artifact, encoder)
        answer = _make_answer(artifact, encoder)
        self._answer = lambda texts: answer(encoder.encode(texts))

    def predict_proba(self, texts: Texts | Iterable[str], *, columns: Any = None) -> np.ndarray:
        """Probabilities, ``[N, K] float32``, in the order of ``classes_``; calibrated, if the model was.

        A model that was trained with columns beside the text takes ``columns``, a DataFrame or mapping that has them by
        name; others in it are passed over.
        """
        beside = None if columns is None else read_columns(columns)
        self._check_columns(texts.columns if beside is None and isinstance(texts, Texts) else beside)
        parts = [apply_temperature(self._answer(part), self._temperature) for part in _cut(texts, beside)]
        return np.concatenate(parts) if parts else np.zeros((0, len(self.classes_)), dtype=np.float32)

    def _check_columns(self, columns: Columns | None) -> None:
        """Nothing, if there are columns where the model needs some, and none where it does not."""
        if self.columns_ is not None:
            self.columns_.pick(columns)
        elif columns is not None:
            raise UsageError(
                f"columns {', '.join(columns.names)} found, of no use to a model that was trained on texts alone. "
                "Leave them out."
            )

    def predict(self, texts: Texts | Iterable[str], *, columns: Any = None) -> Any:
        """The most probable class of each text, ``[N]``; of several labels at once as the learner's ``predict``."""
        answer = decide(self.predict_proba(texts, columns=columns), self.threshold_)
        return name_answers(answer, self.classes_, is_indicator=self._is_indicator)

    def name_labels(self, probability: np.ndarray) -> list[Any]:
        """What ``probability`` ``[N, K]`` answers: a label for each row, or a list of labels."""
        named = name_answers(decide(probability, self.threshold_), self.classes_)
        return named if isinstance(named, list) else named.tolist()

    def score(self, texts: Texts | Iterable[str], labels: Any, *, columns: Any = None) -> float:
        """The share of texts whose class is predicted (accuracy); of several labels at once, all of them."""
        answer = decide(self.predict_proba(texts, columns=columns), self.threshold_)
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


def _cut(texts: Texts | Iterable[str], columns: Columns | None) -> Iterator[Texts]:
    if isinstance(texts, Texts):
        texts = texts if columns is None else texts.put_beside(columns)
        rows = np.arange(len(texts))
        yield from (texts.take(rows[start : start + _CHUNK]) for start in range(0, len(texts), _CHUNK))
        return
    if isinstance(texts, str):
        as_texts(texts)  # refuses, with the remedy
    items: Any = texts if hasattr(texts, "__getitem__") and hasattr(texts, "__len__") else list(texts)
    if columns is not None:
        columns.check_rows(len(items))
    for start in range(0, len(items), _CHUNK):
        part = as_texts(items[start : start + _CHUNK], first_row=start)
        yield part if columns is None else part.put_beside(columns.take(np.arange(start, start + len(part))))


def check_model(artifact: Artifact, encoder: JointEncoder | Encoder) -> None:
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
    encoder, columns = split_encoder(encoder)
    check_fields(card.model, {"kind": (str,), "n_classes": (int,)}, where="the model in card.json")
    if card.model["n_classes"] != n_classes:
        raise ArtifactError(
            f"a model of {card.model['n_classes']} classes found, card.json names {n_classes}. {_REMEDY}"
        )
    are_several = read_threshold(card.model)[0] is not None
    kind, rows = card.model["kind"], 1 if n_classes == 2 and not are_several else n_classes
    beside = {} if columns is None else {"column_coef": (rows, len(columns.features))}
    if kind == "constant":
        _check_shapes(artifact, {"shares": (n_classes,)})
    elif kind == "linear" and isinstance(encoder, CountVectorizer):
        check_fields(card.model, {"strength": (int, float)}, where="the model in card.json")
        of_ngrams = (rows, encoder.n_features)
        _check_shapes(artifact, {"weight": of_ngrams, "coef": of_ngrams, "intercept": (rows,), **beside})
    elif kind == "ranked" and isinstance(encoder, LsaVectorizer):
        check_fields(card.model, {"rank": (int,)}, where="the model in card.json")
        of_topics = (rows, min(card.model["rank"], encoder.n_columns))
        _check_shapes(artifact, {"coef": of_topics, "intercept": (rows,), **beside})
    elif kind == "net" and isinstance(encoder, TextVectorizer | NgramSetVectorizer):
        _check_net(artifact, encoder, n_beside=0 if columns is None else len(columns.features))
    else:
        found = f"a model of kind {kind!r:.60} with an encoding of kind {card.encoding['kind']!r}"
        raise ArtifactError(f"{found} found; constant, linear, ranked or net expected. Is it of a newer version?")


def _make_members(artifact: Artifact) -> list[Predictor]:
    """The models of an ensemble, in the order of their weights, once it was checked."""
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
    if len({repr(predictor.columns_ and predictor.columns_.names) for predictor in predictors}) > 1:
        raise ArtifactError(f"members/: models that read different columns beside the text found. {_REMEDY}")
    return predictors


def _check_shapes(artifact: Artifact, shapes: Mapping[str, tuple[int, ...]]) -> None:
    found = {name: tuple(array.shape) for name, array in artifact.model.items()}
    if found != dict(shapes) or any(array.dtype != np.float32 for array in artifact.model.values()):
        raise ArtifactError(f"arrays of shapes {found} found, float32 of {dict(shapes)} expected. {_REMEDY}")


def _check_net(artifact: Artifact, encoder: TextVectorizer | NgramSetVectorizer, *, n_beside: int) -> None:
    """Vocabulary, settings and word vectors of a net; its other arrays are held against the exported program."""
    model = artifact.card.model
    check_fields(model, {"family": (str,), "sizes": (dict,)}, where="the model in card.json")
    sizes = model["sizes"]
    fields = {name: _SIZES[name] for name in (*_OF_ALL_NETS, *sizes) if name in _SIZES}
    check_fields(sizes, fields, where="the sizes in card.json")
    vectors = artifact.model.get(_VECTORS)
    shape = None if vectors is None else vectors.shape
    found = (model["family"], sizes["n_ids"], sizes["length"], shape, sizes.get("n_beside", 0))
    is_own = artifact.card.family == _OWN_NET  # then nothing is known of its layers
    of_words = None if is_own else (encoder.n_ids, sizes["width"])
    expected = (artifact.card.family, encoder.n_ids, encoder.length, of_words, n_beside)
    if found != expected or not set(sizes) <= set(_SIZES) or not 0 <= sizes["dropout"] < 1:
        raise ArtifactError(
            f"card.json: a net with (family, ids, length, word vectors, columns) {found} found, {expected} expected "
            f"of its vocabulary and columns. {_REMEDY}"
        )


def _make_answer(artifact: Artifact, encoder: JointEncoder | Encoder) -> Answer:
    """How the model's kind answers, once it was checked."""
    kind, (of_texts, of_columns) = artifact.card.model["kind"], split_encoder(encoder)
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
    length = of_texts.length if isinstance(of_texts, TextVectorizer) and of_texts.fixed else None
    inputs = {"ids": (length,)} | ({} if of_columns is None else {"columns": (len(of_columns.features),)})
    forward = engine.load_forward(artifact.forward, weights, shape=(n_classes,), inputs=inputs)
    return partial(engine.run_forward, forward, shape=(n_classes,))
