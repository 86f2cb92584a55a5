"""``seqloom inspect``: what a model folder says of itself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seqloom.cli.console import Console, say_bytes, say_count, say_share
from seqloom.cli.options import AsJson
from seqloom.cli.story import say_interval

if TYPE_CHECKING:
    from seqloom.artifact import Artifact

__all__ = ["inspect"]


def inspect(
    model: Annotated[Path, typer.Argument(metavar="RUN", help="A run folder, or what save() wrote.")],
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
    _tell_card(console, artifact)
    if (model / "metrics.json").exists():
        _tell_rivals(console, read_json(model / "metrics.json"))
    _tell_words(console, artifact)
    _tell_files(console, model)


def _tell_card(console: Console, artifact: Artifact) -> None:
    card = artifact.card
    console.say("Model", f"{card.family} ({card.task}), {say_count(len(card.classes), 'class')}: {_some(card.classes)}")
    data = card.data
    rows = f"{data['n_train']:,} rows, chosen on {data['n_validation']:,}"
    console.say("Trained on", rows + (", then refitted on both" if data.get("refit_on_all") else ""))
    console.say("Reads", _describe_encoding(artifact))
    given = {name: value for name, value in card.params.items() if value is not None and name != "family"}
    console.say("Settings", _fold(f"{name} {value}" for name, value in given.items()))
    for score in card.scores:
        if score.metric in ("accuracy", "macro_f1"):
            console.say(score.who.capitalize(), f"{score.metric:<10} {say_share(score.value)}  {say_interval(score)}")


def _describe_encoding(artifact: Artifact) -> str:
    encoding = artifact.card.encoding
    if artifact.card.family == "majority":
        return "nothing of a text"
    if encoding["kind"] == "ngrams":
        low, high = encoding["ngram_range"]
        n = len(artifact.encoder["ngram_keys"])
        return f"{n:,} n-grams of {low} to {high} words, over {len(artifact.words):,} words"
    end = "exactly, padded" if encoding["fixed"] else "at most"
    return f"{len(artifact.words):,} words; the {encoding['keep']} {encoding['length']} of a text, {end}"


def _tell_rivals(console: Console, metrics: dict[str, Any]) -> None:
    for row in metrics["rows"]:
        accuracy = next(score["value"] for score in row["scores"] if score["metric"] == "accuracy")
        console.say(
            "Compared" if row is metrics["rows"][0] else "",
            f"{row['family']:<10} {say_share(accuracy)}  {row['remark']}",
        )


def _tell_words(console: Console, artifact: Artifact) -> None:
    if artifact.card.model.get("kind") != "linear":
        return
    from seqloom.predictor import Predictor

    for name, grams in Predictor(artifact).top_features(8).items():
        console.say("Speaks for", f"{name}: {', '.join(grams)}")


def _tell_files(console: Console, model: Path) -> None:
    files = sorted(path for path in model.rglob("*") if path.is_file())
    total = sum(path.stat().st_size for path in files)
    named = [f"{path.name} {say_bytes(path.stat().st_size)}" for path in files if path.parent == model]
    console.say("Files", _fold(named))
    console.say("", f"{say_bytes(total)} in all; nothing in the folder is Python or a pickle")


def _some(values: Any, most: int = 12) -> str:
    names = [str(value) for value in values]
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
