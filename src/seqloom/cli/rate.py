"""``seqloom rate``: which learning rate to begin with."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seqloom.cli import craft_settings as c
from seqloom.cli import net_settings as n
from seqloom.cli import options as o
from seqloom.cli import settings as s
from seqloom.cli import story
from seqloom.cli.arguments import check_choice, check_choices, check_picture, open_vectors, pick_params
from seqloom.cli.console import Console
from seqloom.cli.reading import pick_options, read_tables
from seqloom.cli.train import load_libraries
from seqloom.nets.defaults import NET_DEFAULTS

if TYPE_CHECKING:
    from seqloom.studies.rate import RateTrace

__all__ = ["rate"]


def rate(
    data: s.Data,
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="The picture: .svg or .png.")] = Path(
        "rates.svg"
    ),
    family: Annotated[
        str, typer.Option("--family", metavar="NAME", help=f"Of {', '.join(sorted(NET_DEFAULTS))}; bag, as in train.")
    ] = "bag",
    text: o.TextColumn = None,
    label: o.LabelColumn = None,
    label_separator: o.LabelSeparator = None,
    split: s.SplitColumn = None,
    beside: s.With = None,
    encoding: o.Encoding = "utf-8",
    on_bad_row: o.BadRow = "error",
    ngrams: s.Ngrams = 3,
    max_features: s.MaxFeatures = None,
    min_df: s.MinDf = 2,
    length: n.Length = None,
    keep: n.Keep = "last",
    width: n.Width = None,
    vectors: n.Vectors = None,
    freeze: n.Freeze = False,
    dropout: n.Dropout = None,
    units: n.Units = None,
    layers: n.Layers = None,
    bidirectional: n.Bidirectional = False,
    recurrent_dropout: n.RecurrentDropout = 0.0,
    kernel_size: n.KernelSize = None,
    heads: n.Heads = None,
    optimizer: n.Optimizer = "adam",
    batch_size: n.BatchSize = 128,
    clip_norm: c.ClipNorm = None,
    weight_decay: c.WeightDecay = None,
    label_smoothing: c.LabelSmoothing = 0.0,
    class_weight: s.ClassWeight = None,
    seed: o.Seed = 0,
    overwrite: o.ReplaceFile = False,
    as_json: o.AsJson = False,
    quiet: o.Quiet = False,
) -> None:
    """Train a net for a moment while its learning rate rises, and draw what the loss says to it."""
    given = dict(locals())
    check_choices(given)
    check_choice("--family", family, tuple(sorted(NET_DEFAULTS)))
    params = {**pick_params(given), "random_state": seed}
    from seqloom.studies.dataset import prepare_table, tokenise_table
    from seqloom.studies.rate import find_rate

    console = Console(quiet=quiet, as_json=as_json)
    check_picture(output, overwrite=overwrite)
    params["vectors"] = open_vectors(params, families=(family,))
    options = pick_options(given)
    dataset = prepare_table(read_tables(data, None, options=options), seed=seed)
    story.tell_reading(console, dataset)
    load_libraries((family,))
    part = tokenise_table(dataset)["train"]
    story.tell_columns(console, part, min_df=min_df)
    found = find_rate(part, family=family, params=params)
    _tell(console, found, output=output, data=data)


def _tell(console: Console, found: RateTrace, *, output: Path, data: Path) -> None:
    """The loss at some of the rates, the suggestion, and the picture."""
    from seqloom.report.rates import plot_rates

    console.print(f"\n{'learning rate':>13}{'loss':>9}")
    remarks = {found.find(found.lowest): "lowest", found.find(found.steepest): "falls fastest"}
    remarks[found.find(found.suggestion)] = "suggested"
    decades = [10.0**power for power in range(-5, 2) if 10.0**power < found.rates[-1]]
    for step in sorted({*map(found.find, decades), *remarks}):
        console.print(f"{found.rates[step]:>13.2g}{found.smoothed[step]:>9.3f}   {remarks.get(step, '')}".rstrip())
    console.print()
    marks = {"suggested": found.suggestion, "lowest loss": found.lowest}
    plot_rates(found.rates, found.losses, smoothed=found.smoothed, marks=marks, path=output)
    console.say("Suggested", f"{found.suggestion:.2g}, a tenth of the rate at which the loss was lowest")
    console.say("Drew", f"{len(found.rates)} steps to {output}")
    more = f"--family {found.family} --learning-rate {found.suggestion:.2g}"
    console.say("Next", f"seqloom train {shlex.quote(str(data))} {more}")
    console.give({**found.as_json(), "output": str(output)})
