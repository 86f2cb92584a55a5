"""Each option that matters stands in ``--help`` with its default and the reason for it."""

from __future__ import annotations

import inspect
import statistics
import typing

import pytest

from seqloom.cli.answer import evaluate, predict
from seqloom.cli.arguments import parse_seconds
from seqloom.cli.backtest import backtest
from seqloom.cli.console import Console, say_bytes, say_count, say_share
from seqloom.cli.curve import curve
from seqloom.cli.rank import rank
from seqloom.cli.rate import rate
from seqloom.cli.train import train
from seqloom.errors import UsageError
from seqloom.nets.defaults import NET_DEFAULTS
from seqloom.tasks.text_classifier import TextClassifier

OPTIONS = (
    *("--task", "--text", "--label", "--test", "--split", "--family", "--no-rivals", "--max-features", "--min-df"),
    *("--length", "--keep", "--width", "--optimizer", "--learning-rate", "--epochs", "--batch-size", "--budget"),
    *("--patience", "--seed", "--overwrite", "--resume", "--json", "--quiet"),
    *("--vectors", "--freeze", "--thaw-after"),
    *("--monitor", "--schedule", "--warmup", "--clip-norm", "--weight-decay", "--label-smoothing", "--average-epochs"),
    "--class-weight",
)


@pytest.mark.parametrize("option", OPTIONS)
def test_option_stands_in_help(seqloom, monkeypatch, option):
    monkeypatch.setenv("COLUMNS", "200")
    assert f"{option} " in seqloom("train", "--help").out


@pytest.mark.parametrize("verb", [train, rank, predict, evaluate, curve, rate, backtest])
def test_law_every_option_says_its_default(verb):
    hints = typing.get_type_hints(verb, include_extras=True)
    for name, parameter in inspect.signature(verb).parameters.items():
        if name == "ctx":
            continue
        option = hints[name].__metadata__[0]
        assert option.help, name
        if parameter.default is None and name not in ("data", "given"):
            assert "efault" in option.help, name


def test_law_defaults_are_the_library_s():
    library = inspect.signature(TextClassifier).parameters
    ours = inspect.signature(train).parameters
    for name in ("max_features", "min_df", "length", "keep", "width", "optimizer", "learning_rate", "epochs"):
        assert ours[name].default == library[name].default
    for name in ("vectors", "freeze", "thaw_after", "monitor", "schedule", "warmup", "clip_norm", "weight_decay"):
        assert ours[name].default == library[name].default
    for name in ("label_smoothing", "average_epochs", "class_weight"):
        assert ours[name].default == library[name].default
    assert ours["batch_size"].default == library["batch_size"].default
    assert ours["patience"].default == library["patience"].default


def test_law_help_tells_the_defaults_of_the_nets():
    hints = typing.get_type_hints(train, include_extras=True)
    for name in ("length", "width"):
        told = hints[name].__metadata__[0].help
        values = {family: getattr(defaults, name) for family, defaults in NET_DEFAULTS.items()}
        most = statistics.mode(values.values())
        for family, value in values.items():
            assert str(value) in told
            assert value == most or family in told


@pytest.mark.parametrize(("text", "seconds"), [(None, None), ("90", 90), ("90s", 90), ("10 m", 600), ("1.5h", 5400)])
def test_budget(text, seconds):
    assert parse_seconds(text) == seconds


@pytest.mark.parametrize("text", ["", "0", "-5s", "1d", "1e3", "s", "\u0663s"])
def test_budget_that_cannot_be_meant(text):
    with pytest.raises(UsageError, match="a duration such as"):
        parse_seconds(text)


def test_numbers_for_a_person():
    assert say_share(0.9161) == "91.6 %"
    assert say_share(float("nan")) == "-"
    assert [say_bytes(n) for n in (7, 1500, 15_000, 2_000_000_000)] == ["7 B", "1.5 kB", "15 kB", "2.0 GB"]
    assert [say_count(n, "class") for n in (1, 2000)] == ["1 class", "2,000 classes"]


def test_long_lines_are_folded_and_paths_are_not(capsys):
    path = "runs/" + "long-name-" * 15
    Console().say("Saved", f"some words before {path} and behind")
    assert path in capsys.readouterr().out


def test_progress_is_not_on_standard_output(capsys, monkeypatch):
    from seqloom.cli import console

    ticks = iter(range(0, 1000, 6))
    monkeypatch.setattr(console.time, "perf_counter", lambda: next(ticks))
    with Console().progress(3, label="bag") as advance:
        for _ in range(3):
            advance("loss 0.5")
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        "bag 1/3, loss 0.5, at most about 12 s left",
        "bag 2/3, loss 0.5, at most about 6 s left",
    ]
