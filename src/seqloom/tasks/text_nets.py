"""How a text classifier's settings become a net's encoder, its sizes, its word vectors and its training plan."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, cast

from seqloom.errors import UsageError
from seqloom.flow import Plan, Recipe
from seqloom.nets.defaults import NET_DEFAULTS, OWN_NET, NetDefaults
from seqloom.network import NetModel
from seqloom.text.beside import JointEncoder, split_encoder
from seqloom.text.column_encoder import ColumnEncoder
from seqloom.text.ngram_set import NgramSetVectorizer
from seqloom.text.vectorise import TextVectorizer
from seqloom.text.vectors import WordVectors, start

__all__ = ["check_vectors", "choose_sizes", "make_net_recipe", "open_vectors", "plan_training"]

Params = Mapping[str, Any]

# How the texts of a net of the user's own are read: as those of most families.
_OWN = NetDefaults(width=0, length=512, dropout=0.0, learning_rate=None, frozen_rate=None)

# What a family's defaults and the constructor's arguments both name; a family that has no use for one has no default.
_SIZES = (
    "width",
    "dropout",
    "units",
    "layers",
    "bidirectional",
    "recurrent_dropout",
    "kernel_size",
    "heads",
)

# Settings of a plan that are passed on as they are.
_CRAFT = ("schedule", "warmup", "clip_norm", "weight_decay", "label_smoothing", "average_epochs")


def make_net_recipe(family: str, params: Params) -> Recipe:
    """A net's encoder and model; what was not asked for comes from the family's defaults.

    Parameters
    ----------
    family : str
        One of ``NET_DEFAULTS``, or ``own``.
    params : mapping
        Constructor arguments of the classifier.

    Returns
    -------
    Recipe
        Its encoder is not fitted yet.
    """
    default = NET_DEFAULTS.get(family, _OWN)
    vectorizer: TextVectorizer | NgramSetVectorizer
    limits = {
        # what a model of a few megabytes can hold; min_df alone leaves millions of words in a large corpus
        "max_features": default.max_features if params["max_features"] is None else params["max_features"],
        "min_df": params["min_df"],
        "length": default.length if params["length"] is None else params["length"],
    }
    if default.reads_sets:
        # without training, an n-gram that no file of vectors has would stay a random number
        vectorizer = NgramSetVectorizer(ngram_range=(1, 1) if params["freeze"] else params["ngram_range"], **limits)
    else:
        vectorizer = TextVectorizer(keep=params["keep"], fixed=default.is_fixed, **limits)
    sizes = {**choose_sizes(family, params), "length": vectorizer.length}
    make = partial(_make_net, family=family, sizes=sizes, params=params)
    return Recipe(encoding=vectorizer, model=make, refit=default.refits)


def choose_sizes(family: str, params: Params) -> dict[str, Any]:
    """The sizes of a net that are not the encoder's: what was asked for, else the family's defaults.

    Parameters
    ----------
    family : str
        One of ``NET_DEFAULTS``, or ``own``.
    params : mapping
        Constructor arguments of the classifier; what the family has no use for is passed over.

    Returns
    -------
    dict
        By the names of ``nets.families.NetSizes``.
    """
    if family == OWN_NET:
        return {"width": 0, "dropout": 0.0}  # its builder's own affair
    defaults = {name: getattr(NET_DEFAULTS[family], name) for name in _SIZES}
    return {
        name: default if params[name] is None else params[name]
        for name, default in defaults.items()
        if default is not None
    }


def _make_net(
    encoder: JointEncoder | TextVectorizer | NgramSetVectorizer,
    n_classes: int,
    *,
    family: str,
    sizes: Mapping[str, Any],
    params: Params,
) -> NetModel:
    of_texts, of_columns = cast(
        "tuple[TextVectorizer | NgramSetVectorizer, ColumnEncoder | None]", split_encoder(encoder)
    )
    if of_columns is not None:
        if family == OWN_NET:
            raise UsageError("net and columns found: a net of one's own is built on ids alone. Leave either out.")
        sizes = {**sizes, "n_beside": len(of_columns.features)}
    sizes = {"n_ids": of_texts.n_ids, **sizes}
    vectors = open_vectors(params)
    if vectors is None:
        return NetModel(family, n_classes, sizes=sizes, own=params["net"])
    words = of_texts.get_vocabulary()[of_texts.n_special :]
    table = start.make_table(vectors, words, n_special=of_texts.n_special, seed=params["random_state"] or 0)
    model = NetModel(family, n_classes, sizes={**sizes, "width": vectors.width}, table=table)
    model.vectors = vectors.describe()
    return model


def open_vectors(params: Params) -> WordVectors | None:
    """What a net would begin from.

    Parameters
    ----------
    params : mapping
        Constructor arguments of the classifier.

    Returns
    -------
    WordVectors or None
        None without any.

    Raises
    ------
    UsageError
        Where they do not go with the other settings.
    """
    check_vectors(params)
    if params["vectors"] is None:
        return None
    if params["net"] is not None:
        raise UsageError("net and vectors found: a net of one's own begins as its builder says. Leave the vectors out.")
    vectors = params["vectors"] if isinstance(params["vectors"], WordVectors) else start.open_vectors(params["vectors"])
    if params["width"] not in (None, vectors.width):
        raise UsageError(
            f"width {params['width']} and vectors of width {vectors.width} found: a net takes the width of its "
            "vectors. Leave the width out."
        )
    return vectors


def check_vectors(params: Params) -> None:
    """Nothing, if what ``params`` say of word vectors goes together; UsageError otherwise."""
    vectors, freeze, thaw_after = params["vectors"], params["freeze"], params["thaw_after"]
    if isinstance(vectors, Mapping):
        raise UsageError(
            "this learner was loaded: its card tells which vectors it began from, and the folder does not hold "
            "them. Call set_params(vectors=...) before fitting it again."
        )
    if not isinstance(vectors, WordVectors | str | Path | None):
        raise UsageError(f"vectors of type {type(vectors).__name__} found, WordVectors or a path expected.")
    if vectors is None and (freeze or thaw_after is not None):
        raise UsageError(
            "freeze or thaw_after without vectors found: random numbers that are never trained are of no use. Pass "
            "vectors too, or neither of them."
        )
    if freeze and thaw_after is not None:
        raise UsageError("freeze and thaw_after found: vectors that stay frozen never thaw. Pass one of them.")
    if thaw_after is not None and not 1 <= thaw_after < params["epochs"]:
        raise UsageError(
            f"thaw_after {thaw_after} and {params['epochs']} epochs found, a thaw behind the first of them at the "
            "earliest and before the last expected. Vectors are trained from the start without thaw_after, and "
            "never with freeze."
        )


def plan_training(params: Params) -> Plan:
    """How to train, from the constructor arguments of the classifier, ``params``."""
    rate, family = params["learning_rate"], params["family"]
    if rate is None and family in NET_DEFAULTS and params["optimizer"].lower() == "adam":
        default = NET_DEFAULTS[family]
        rate = default.frozen_rate if params["freeze"] else default.learning_rate
    return Plan(
        epochs=params["epochs"],
        batch_size=params["batch_size"],
        optimizer=params["optimizer"],
        learning_rate=rate,
        patience=params["patience"],
        monitor=params["monitor"],
        budget=params["budget"],
        frozen_epochs=None if params["freeze"] else params["thaw_after"] or 0,
        seed=params["random_state"] or 0,
        devices=params["devices"],
        **{name: params[name] for name in _CRAFT},
    )
