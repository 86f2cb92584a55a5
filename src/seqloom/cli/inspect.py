"""``seqloom inspect``: what a model folder says of itself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from seqloom.cli.console import Console, say_bytes, say_count, say_name, say_share
from seqloom.cli.forecast_story import tell_forecaster
from seqloom.cli.options import AsJson, Run
from seqloom.cli.series_story import say_number
from seqloom.cli.story import say_interval
from seqloom.errors import ArtifactError
from seqloom.nets.defaults import NET_DEFAULTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seqloom.artifact import Artifact
    from seqloom.text.column_encoder import ColumnEncoder

__all__ = ["inspect"]

# Of more classes than these, the first are shown.
_MOST_CLASSES = 12

_ERRORS = {"rmse": "RMSE", "mae": "MAE", "r2": "R2"}
_SCORES = {"accuracy": "accuracy", "micro_f1": "micro F1", "macro_f1": "macro F1"}

# Values that are left out, as they mean that nothing was asked for.
_NOT_SAID: dict[str, tuple[Any, ...]] = {
    "schedule": ("constant",),
    **dict.fromkeys(("warmup", "label_smoothing", "average_epochs"), (0, None)),
}

# Of all that a learner can be given, what its family heeds; n-grams are told by what it reads.
_SETTINGS = {
    "majority": ("random_state",),
    "solved": ("max_features", "min_df", "class_weight", "random_state"),
    "net": (
        *("max_features", "min_df", "length", "keep", "width", "dropout"),
        *("optimizer", "learning_rate", "epochs", "batch_size", "patience", "monitor", "budget", "devices"),
        *("class_weight", "schedule", "warmup", "clip_norm", "weight_decay", "label_smoothing", "average_epochs"),
        "random_state",
    ),
}


def inspect(
    model: Run,
    as_json: AsJson = False,
) -> None:
    """Show what a model is: family, classes, scores, rivals, words that speak for each class, files."""
    from seqloom.artifact import read_artifact
    from seqloom.json_files import read_json

    console = Console(as_json=as_json)
    artifact = read_artifact(model)
    if as_json:
        console.give(read_json(model / "card.json"))
        return
    try:
        metrics = read_json(model / "metrics.json") if (model / "metrics.json").exists() else None
        if artifact.card.task == "forecaster":
            tell_forecaster(console, artifact, metrics)
        else:
            _tell_card(console, artifact)
            if metrics is not None:
                _tell_rivals(console, metrics)
    except (AttributeError, KeyError, StopIteration, TypeError, ValueError) as problem:
        raise ArtifactError(
            f"{model}: card.json or metrics.json is not as seqloom writes it ({problem!r:.80}). "
            "Get the folder from its source again."
        ) from problem
    _tell_words(console, artifact)
    _tell_files(console, model)


def _tell_card(console: Console, artifact: Artifact) -> None:
    card = artifact.card
    console.say("Model", f"{card.family} ({card.task}), {_describe_answer(artifact)}")
    data = card.data
    rows = f"{data['n_train']:,} rows, chosen on {data['n_validation']:,}"
    console.say("Trained on", rows + (", then refitted on both" if data.get("refit_on_all") else ""))
    console.say("Reads", _describe_encoding(artifact))
    for i, told in enumerate(_describe_columns(artifact)):
        console.say("" if i else "Columns", say_name(told, 110))
    mine = _SETTINGS["net" if card.family in NET_DEFAULTS else "majority" if card.family == "majority" else "solved"]
    idle = {"keep"} if card.encoding["kind"] == "ngram-set" else ()
    given = {
        name: card.params[name]
        for name in mine
        if name not in idle and card.params.get(name) not in _NOT_SAID.get(name, (None,))
    }
    if given:
        console.say("Settings", _fold(f"{name} {_plain(value)}" for name, value in given.items()))
    if card.params.get("vectors"):
        console.say("Began from", _describe_vectors(card.params))
    for name, weight in card.model.get("weights", {}).items() if artifact.members else ():
        console.say("Member", f"{say_share(weight):>7}  {name}, {_describe_encoding(artifact.members[name])}")
    if "threshold" in card.model:
        console.say("Labels", f"any number a text: each from a probability of {say_share(card.model['threshold'])} on")
    if card.model.get("temperature"):
        console.say("Calibrated", f"temperature {card.model['temperature']:.2f}, on validation rows")
    noun = "row" if card.encoding["kind"] == "collection" else "text"
    for score in card.scores:
        if score.metric in _SCORES:
            share = f"{say_share(score.value):>7}  {say_interval(score):<13}"
            console.say(score.who.capitalize(), f"{_SCORES[score.metric]:<10} {share} on {say_count(score.n, noun)}")
        elif score.metric in _ERRORS:
            told = f"{_ERRORS[score.metric]:<10} {say_number(score)} on {say_count(score.n, noun)}"
            console.say(score.who.capitalize(), told)


def _describe_answer(artifact: Artifact) -> str:
    """What the model tells: one of some classes, or a number."""
    card = artifact.card
    if card.classes:
        return f"{say_count(len(card.classes), 'class')}: {_some(card.classes)}"
    mean, scale = card.model["target_mean"], card.model["target_scale"]
    named = card.data.get("columns", {}).get("target")
    told = f"a number{f' ({say_name(named)})' if named else ''}"
    return f"{told}, of {mean:.4g} on average where it was trained, standard deviation {scale:.4g}"


def _plain(value: Any) -> str:
    """A setting as it was given: ``1-3`` for a pair, ``spam=5.0`` for the weight of a class."""
    if isinstance(value, dict):
        return " ".join(f"{name}={weight}" for name, weight in value.items())
    return "-".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def _describe_encoding(artifact: Artifact) -> str:
    encoding = artifact.card.encoding
    if artifact.card.family == "majority":
        return "nothing of a text"
    if encoding["kind"] == "collection":
        columns = artifact.card.data.get("columns")
        named = f" ({_some(columns['channels'])})" if columns else ""
        channels = say_count(encoding["n_channels"], "channel") + named
        return f"series of {channels} and any length, scaled as those of training"
    if artifact.members:
        return "what each of its members reads"
    if encoding["kind"] == "lsa":
        return f"{len(artifact.words):,} words, as document vectors of width {encoding['width']}"
    if encoding["kind"] in ("ngrams", "ngram-set"):
        low, high = encoding["ngram_range"]
        n, unit = len(artifact.encoder["ngram_keys"]), "words" if encoding["analyzer"] == "word" else "characters"
        most = f"; {encoding['length']:,} of a text, at most" if encoding["kind"] == "ngram-set" else ""
        return f"{n:,} n-grams of {low} to {high} {unit}, over {len(artifact.words):,} {unit}{most}"
    end = "exactly, padded" if encoding["fixed"] else "at most"
    return f"{len(artifact.words):,} words; the {encoding['keep']} {encoding['length']} of a text, {end}"


def _describe_columns(artifact: Artifact) -> list[str]:
    """What the model reads beside the text: a line for each column; of an ensemble, what its first member does."""
    from seqloom.text.column_encoder import ColumnEncoder

    one = next(iter(artifact.members.values()), artifact)
    state = one.card.encoding.get("columns")
    return [] if state is None else ColumnEncoder.from_state(state).describe()


def _describe_vectors(params: Mapping[str, Any]) -> str:
    """Word vectors that a net began from, and how long they stayed as they were."""
    vectors = params["vectors"]
    origin = ", ".join(f"{name} {say_name(str(value))}" for name, value in vectors["origin"].items())
    told = f"{say_count(vectors['n_words'], 'word')} of width {vectors['width']}" + (f" ({origin})" if origin else "")
    after = params["thaw_after"]
    return told + (", frozen" if params["freeze"] else f", trained after epoch {after}" if after else ", trained too")


def _tell_rivals(console: Console, metrics: dict[str, Any]) -> None:
    for row in metrics["rows"]:
        scores = {score["metric"]: score["value"] for score in row["scores"]}
        if "rmse" in scores:
            share = f"RMSE {scores['rmse']:.4g}"
        else:
            share = say_share(scores["micro_f1"] if "micro_f1" in scores else scores["accuracy"])
        line = f"{row['family']:<12} {share:>7}  {row['remark']}"
        console.say("Compared" if row is metrics["rows"][0] else "", line)


def _tell_words(console: Console, artifact: Artifact) -> None:
    if artifact.card.model.get("kind") != "linear":
        return
    from seqloom.predictor import Predictor

    predictor = Predictor(artifact)
    spoken, beside = list(predictor.top_features(8).items()), _rank_columns(predictor.columns_, artifact)
    for name, grams in spoken[:_MOST_CLASSES]:
        columns = f"; of the columns {', '.join(map(say_name, beside[name]))}" if beside.get(name) else ""
        console.say("Speaks for", f"{say_name(name)}: {', '.join(grams)}{columns}")
    if len(spoken) > _MOST_CLASSES:
        console.say("", f"and so on, for {len(spoken) - _MOST_CLASSES} more classes")


def _rank_columns(encoder: ColumnEncoder | None, artifact: Artifact, most: int = 4) -> dict[str, list[str]]:
    """What in the columns speaks most for each class: a value of a category, or a number by being high or low."""
    if encoder is None:
        return {}
    coef, names = artifact.model["column_coef"], encoder.features
    rows = [-coef[0], coef[0]] if len(coef) == 1 else list(coef)  # of two classes it is for the second
    best = [sorted(zip(row.tolist(), names, strict=True), key=lambda pair: -abs(pair[0]))[:most] for row in rows]
    numbers = {column.name for column in encoder.columns_ if column.features[:1] == [column.name]}
    told = [
        [
            f"{name} {'high' if pull > 0 else 'low'}" if name in numbers else name
            for pull, name in row
            if pull > 0 or name in numbers
        ]
        for row in best
    ]
    return dict(zip(map(str, artifact.card.classes), told, strict=True))


def _tell_files(console: Console, model: Path) -> None:
    files = sorted(path for path in model.rglob("*") if path.is_file())
    total = sum(path.stat().st_size for path in files)
    named = [f"{path.name} {say_bytes(path.stat().st_size)}" for path in files if path.parent == model]
    console.say("Files", _fold(named))
    console.say("", f"{say_bytes(total)} in all; nothing in the folder is Python or a pickle")


def _some(values: Any, most: int = _MOST_CLASSES) -> str:
    names = [say_name(value) for value in values]
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def _fold(items: Any, width: int = 90) -> str:
    """Items in lines of at most ``width`` characters."""
    lines = [""]
    for item in items:
        joined = f"{lines[-1]}, {item}" if lines[-1] else item
        if len(joined) > width:
            lines[-1] += ","
            lines.append(item)
        else:
            lines[-1] = joined
    return "\n".join(lines)
