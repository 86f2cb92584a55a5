"""Which class is a text of? Sentiment, topic, author, language; or which labels has it, where it can have several."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from seqloom import baselines
from seqloom.artifact import Artifact
from seqloom.errors import UsageError
from seqloom.flow import Encoded, EpochRecord, Plan, Ragged, Recipe, Rows, Score
from seqloom.learner import AbstractClassifier
from seqloom.nets.defaults import NET_DEFAULTS, OWN_NET
from seqloom.scores.metrics import classify_scores
from seqloom.scores.multilabel import multilabel_scores, read_threshold
from seqloom.scores.temperature import read_temperature
from seqloom.tasks.restored import restore_model
from seqloom.tasks.text_nets import check_vectors, make_net_recipe, open_vectors, plan_training
from seqloom.text.beside import JointEncoder
from seqloom.text.column_encoder import ColumnEncoder
from seqloom.text.columns import read_columns
from seqloom.text.count import CountVectorizer
from seqloom.text.lsa import LsaVectorizer
from seqloom.text.tokens import Texts, as_texts
from seqloom.text.vectorise import TextVectorizer
from seqloom.text.vectors import WordVectors

__all__ = ["TextClassifier"]


class TextClassifier(AbstractClassifier):
    """A class for each text, from raw strings.

    Parameters
    ----------
    family : str
        ``linear``: n-grams weighted by naive Bayes and logistic regression, the default because no net here beats it
        on reviews or topics at any speed. ``linear-char``: the same on 1 to 4 characters, for languages that build long
        words, and for texts full of slips. ``lsa``: document vectors learned from all texts, with labels or without
        (``fit``'s ``unlabelled``): the one to take where labels are few. ``bag``: learned vectors of n-grams, added up.
        ``embedding``: one weight for each word vector at each place, of a fixed number of words. ``attention``: a mean
        in which words say how much they count. ``conv``: convolutions, pooled. ``rnn``, ``gru``, ``lstm``: recurrent
        layers. ``conv-gru``, ``conv-lstm``: these over what convolutions found. ``transformer``: a small encoder.
        ``majority``: the trivial rival.
    ngram_range : tuple of int
        Shortest and longest n-gram in words (linear, bag); trigrams bring half a point on reviews.
    max_features : int or None
        Words (nets) or n-grams (linear, bag) known at most; None: 50,000 words, all n-grams, 200,000 (``bag``).
    min_df : int
        Training texts that a word or n-gram must stand in; 2 halves the vocabulary and costs nothing measurable.
    length : int or None
        Words read of a text (nets); ``bag``: different n-grams, the most frequent. None: 512, 4,096 for ``bag``, 256
        for ``transformer``, 200 for ``embedding``.
    keep : {"last", "first"}
        Which end of a longer text is read; reviews say at the end what they mean.
    width : int or None
        D, of a word's vector (nets). None: 32, but 16 for ``bag`` and 8 for ``embedding``.
    vectors : WordVectors, str, Path or None
        What the nets' word vectors begin from, or the folder or file where it lies; their width is taken over. None:
        small random numbers, as vectors trained on reviews were worth no more on reviews, with 500 labels or 20,000. A
        path is opened at each ``fit``; the saved model needs neither.
    freeze : bool
        Whether vectors stay as given ("static"), and only what is behind them is trained; ``bag`` then reads single
        words. Off, as training them too ("non-static") was better by 7 points and more; on, an epoch takes a quarter of
        the time.
    thaw_after : int or None
        Epochs in which vectors stay as given before they are trained too, so that they are not torn about while
        the rest is still random. None: trained from the first step on, as a thaw brought nothing on reviews.
    dropout : float or None
        Share of units dropped in training (nets): of word vectors, and of what the last layer sees. None: 0.2, but
        0.5 for ``bag`` and 0 for ``embedding``.
    units : int or None
        Units of a recurrent layer, filters of a convolution, hidden units of attention. None: 32, 64 for
        ``transformer``.
    layers : int or None
        Layers one upon the other (recurrent, conv, transformer). None: 1, 2 convolutions.
    bidirectional : bool
        Whether recurrent layers read backwards too; off, as it doubles the time.
    recurrent_dropout : float
        Share of state units dropped on their way to the next step (recurrent); 0, as ``dropout`` serves better alone.
    kernel_size : int or None
        Words that a filter sees (conv). None: 5.
    heads : int or None
        Attention heads (``transformer``). None: 4.
    net : callable or None
        A net of one's own in place of a family, ``build(ids, n_ids=V, n_outputs=R) -> keras.Model``, from ids to logits
        (see ``nets.own.build_own``). The saved model answers without the builder; to train it again needs it.
    optimizer : str
        Keras's name (nets).
    learning_rate : float or None
        None: by family with Adam, from 0.001 to 0.005, more if frozen (``nets.defaults``); else the optimizer's own.
    epochs : int
        At most (nets); patience ends it earlier: after 4 to 8 on reviews, 12 and more on short texts.
    batch_size : int
        Rows of a step (nets).
    patience : int or None
        Epochs without a better ``monitor`` before training stops (nets); None never stops early.
    monitor : {"loss", "accuracy", "macro_f1", "roc_auc"}
        What, on validation rows, tells the best epoch; its weights are kept. The loss is the least noisy one.
    budget : float or None
        Seconds of training at most (nets). A run cut by it is not repeatable bit for bit.
    devices : int or None
        Cores that share each step (nets). None: as many as the net's work is worth, which for ``bag`` and ``embedding``
        is one. Their number changes the last bits, so it stands in the card.
    validation_split : float
        Share of rows held out to choose on, when ``fit`` is given no ``validation_data``.
    class_weight : mapping, "balanced" or None
        Weights of the rows of a class, by its name; or such that rare classes weigh as much as frequent ones.
    random_state : int
        Of the split, of weights, shuffling and dropout.
    schedule : {"constant", "cosine", "linear"}
        How the learning rate comes down, to zero at the last of ``epochs`` (nets).
    warmup : float
        Epochs at the beginning in which the learning rate rises (nets).
    clip_norm : float or None
        Length that a step's gradient is cut back to (nets).
    weight_decay : float or None
        Share of itself, times the learning rate, that a weight loses in a step (nets); biases lose nothing.
    label_smoothing : float
        Share of each target that is spread over all classes (nets).
    average_epochs : float
        Epochs over which the weights are averaged, exponentially (nets); 0: not at all.

    Examples
    --------
    >>> texts = [f"{word} film number {i}" for i in range(20) for word in ("good", "great", "bad", "awful")]
    >>> labels = ["pos", "pos", "neg", "neg"] * 20
    >>> model = TextClassifier(family="linear").fit(texts, labels)
    >>> model.predict(["a great one"]).tolist()
    ['pos']

    With a list of labels for each text, or an indicator, it learns each label apart, and answers with those that are
    likely enough:

    >>> topics = [["film", "pos"], ["film", "pos"], ["film"], []] * 20
    >>> TextClassifier(family="linear").fit(texts, topics).predict(["great film", "an awful one"])
    [['film', 'pos'], []]

    Source of ``vectors``: Collobert et al. (2011), Natural Language Processing (Almost) from Scratch, section 4; of
    ``freeze``: Kim (2014), Convolutional Neural Networks for Sentence Classification, "static" and "non-static".
    """

    task = "text-classifier"
    deadline: Callable[[], float] | None = None  # of an epoch, see flow.Plan; set by a study, and no part of the model

    def __init__(
        self,
        family: str = "linear",
        *,
        ngram_range: tuple[int, int] = (1, 3),
        max_features: int | None = None,
        min_df: int = 2,
        length: int | None = None,
        keep: str = "last",
        width: int | None = None,
        vectors: WordVectors | str | Path | None = None,
        freeze: bool = False,
        thaw_after: int | None = None,
        dropout: float | None = None,
        units: int | None = None,
        layers: int | None = None,
        bidirectional: bool = False,
        recurrent_dropout: float = 0.0,
        kernel_size: int | None = None,
        heads: int | None = None,
        net: Callable[..., Any] | None = None,
        optimizer: str = "adam",
        learning_rate: float | None = None,
        epochs: int = 20,
        batch_size: int = 128,
        patience: int | None = 2,
        monitor: str = "loss",
        budget: float | None = None,
        devices: int | None = None,
        validation_split: float = 0.2,
        class_weight: Mapping[Any, float] | str | None = None,
        random_state: int = 0,
        schedule: str = "constant",
        warmup: float = 0.0,
        clip_norm: float | None = None,
        weight_decay: float | None = None,
        label_smoothing: float = 0.0,
        average_epochs: float = 0.0,
    ) -> None:
        self.family = family
        self.ngram_range = ngram_range
        self.max_features = max_features
        self.min_df = min_df
        self.length = length
        self.keep = keep
        self.width = width
        self.vectors = vectors
        self.freeze = freeze
        self.thaw_after = thaw_after
        self.dropout = dropout
        self.units = units
        self.layers = layers
        self.bidirectional = bidirectional
        self.recurrent_dropout = recurrent_dropout
        self.kernel_size = kernel_size
        self.heads = heads
        self.net = net
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.epochs = epochs
        self.batch_size = batch_size
        self.patience = patience
        self.monitor = monitor
        self.budget = budget
        self.devices = devices
        self.validation_split = validation_split
        self.class_weight = class_weight
        self.random_state = random_state
        self.schedule = schedule
        self.warmup = warmup
        self.clip_norm = clip_norm
        self.weight_decay = weight_decay
        self.label_smoothing = label_smoothing
        self.average_epochs = average_epochs

    def _candidates(self) -> Mapping[str, Recipe]:
        check_vectors(self.get_params())
        low, high = self.ngram_range
        ngrams = CountVectorizer(ngram_range=(low, high), max_features=self.max_features, min_df=self.min_df)
        characters = CountVectorizer(
            analyzer="char", ngram_range=(1, 4), max_features=self.max_features, min_df=self.min_df
        )
        nothing = TextVectorizer(max_features=2, length=0)
        recipes = {
            "majority": Recipe(encoding=nothing, model=lambda _, n_classes: baselines.ConstantModel(n_classes)),
            "linear": Recipe(encoding=ngrams, model=_make_linear, refit=True),
            "linear-char": Recipe(encoding=characters, model=_make_linear, refit=True),
            "lsa": Recipe(
                encoding=LsaVectorizer(min_df=self.min_df, random_state=self.random_state or 0),
                model=lambda _, n_classes: baselines.RankedModel(n_classes),
                refit=True,
                reads_unlabelled=True,
            ),
            **{family: make_net_recipe(family, self.get_params()) for family in (*NET_DEFAULTS, OWN_NET)},
        }
        beside = ColumnEncoder(min_df=self.min_df)
        return {
            name: replace(recipe, encoding=JointEncoder(recipe.encoding, beside)) for name, recipe in recipes.items()
        }

    def _name_family(self) -> str:
        return OWN_NET if self.net is not None else self.family

    def open_vectors(self) -> WordVectors | None:
        """What a net would begin from, None without any; UsageError where it does not go with the other settings."""
        return open_vectors(self.get_params())

    def _read(self, x: Texts | Iterable[str], columns: Any = None) -> Texts:
        return as_texts(x) if columns is None else as_texts(x).put_beside(read_columns(columns))

    def _encode(self, encoding: Any, rows: Rows) -> Encoded:
        if rows.x.columns is not None and not isinstance(encoding, JointEncoder):
            raise UsageError(
                f"columns {', '.join(rows.x.columns.names)} found, of no use to a model that was trained without any. "
                "Leave them out, or fit with columns."
            )
        inputs = encoding.encode(rows.x)
        feed = "buckets" if isinstance(inputs.get("ids"), Ragged) else "rows"
        return Encoded(inputs=inputs, target=rows.target, weight=rows.weight, feed=feed)

    def _metrics(self, target: np.ndarray, probability: np.ndarray, *, who: str) -> tuple[Score, ...]:
        classes = [str(name) for name in self.classes_]
        if self.threshold_ is None:
            return classify_scores(target, probability, classes=classes, who=who)
        return multilabel_scores(target, probability, threshold=self.threshold_, classes=classes, who=who)

    def _plan(self) -> Plan:
        return replace(plan_training(self.get_params()), deadline=self.deadline)

    def _plain_params(self) -> Mapping[str, Any]:
        """Of vectors what they are, not where they lie; nothing of them where the model did not begin from any."""
        described = getattr(self.model_, "vectors", None)
        unused = {} if described else {"freeze": False, "thaw_after": None}
        return {**self.get_params(), "family": self._name_family(), "net": None, "vectors": described, **unused}

    def _restore(self, artifact: Artifact) -> None:
        self.encoder_, self.model_ = restore_model(artifact)
        self.temperature_ = read_temperature(artifact.card.model)
        self.threshold_, self.is_indicator_ = read_threshold(artifact.card.model)
        self.classes_ = np.array(list(artifact.card.classes))
        self.scores_, self.data_ = tuple(artifact.card.scores), dict(artifact.card.data)
        self.history_ = [EpochRecord(**record) for record in artifact.history]


def _make_linear(_: Any, n_classes: int) -> Any:
    return baselines.LinearModel(n_classes)
