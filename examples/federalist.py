"""Who wrote the twelve disputed Federalist papers, Hamilton or Madison? Explained step by step in docs/federalist.md.

    python examples/federalist.py PARAGRAPHS

PARAGRAPHS is a table with a row for each paragraph: ``text``, ``author`` (Hamilton, Madison, ``disputed`` ...) and
``paper``, a number. Takes some minutes on two cores.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from seqloom import TextClassifier
from seqloom.frames.split import deal_folds

AUTHORS = ("Hamilton", "Madison")

# What a model may look at, from function words alone to everything.
CHOICES: dict[str, dict[str, Any]] = {
    "50 most frequent words": {"ngram_range": (1, 1), "max_features": 50},
    "100 most frequent words": {"ngram_range": (1, 1), "max_features": 100},
    "200 most frequent words": {"ngram_range": (1, 1), "max_features": 200},
    "500 most frequent words": {"ngram_range": (1, 1), "max_features": 500},
    "500 words and pairs": {"ngram_range": (1, 2), "max_features": 500},
    "all words": {"ngram_range": (1, 1)},
    "all words, pairs, triples": {"ngram_range": (1, 3)},
}
N_FOLDS = 7  # two of Madison's fourteen papers in each
N_RESAMPLES = 200

# Words that Mosteller and Wallace (1964) found telling; they say little of what a paper is about.
MARKERS = ("upon", "on", "while", "whilst", "enough", "there", "by", "to")


def ask_papers(known: pl.DataFrame, asked: pl.DataFrame, settings: Mapping[str, Any]) -> dict[int, float]:
    """How much each asked paper speaks for Madison: the mean over its paragraphs of log(p / (1 - p))."""
    # balanced: that Hamilton wrote most of the known papers says nothing of the disputed ones
    model = TextClassifier(class_weight="balanced", **settings)
    model.fit(known["text"].to_list(), known["author"].to_list(), groups=known["paper"].to_list())
    p = model.predict_proba(asked["text"].to_list()).astype(np.float64)
    log_odds = np.log(p[:, 1]) - np.log(p[:, 0])
    means = asked.select("paper", odds=pl.Series(log_odds)).group_by("paper").agg(pl.col("odds").mean())
    return dict(means.sort("paper").iter_rows())


def list_papers(frame: pl.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """The numbers of the papers, ascending, and their authors."""
    papers = frame.select("paper", "author").unique().sort("paper")
    return papers["paper"].to_numpy(), papers["author"].to_numpy()


def cut_papers(known: pl.DataFrame) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
    """Paragraphs to learn from and paragraphs to ask about, fold by fold: no paper is in both."""
    papers, authors = list_papers(known)
    fold = deal_folds(papers, authors, n_folds=N_FOLDS, seed=0)
    for k in range(N_FOLDS):
        is_asked = pl.col("paper").is_in(papers[fold == k].tolist())
        yield known.filter(~is_asked), known.filter(is_asked)


@dataclass(frozen=True, kw_only=True)
class Answers:
    """What models that have not read them say of known papers: ``odds`` for Madison, beside the true ``authors``."""

    authors: np.ndarray
    odds: np.ndarray

    def of(self, author: str) -> np.ndarray:
        """The odds of one author's papers."""
        return self.odds[self.authors == author]

    @property
    def cut(self) -> float:
        """Midway between the means of the two authors: whoever wrote more lends his ear to everything that is rare."""
        return float(np.mean([self.of(author).mean() for author in AUTHORS]))

    @property
    def separation(self) -> float:
        """How far the means are apart, in standard deviations within an author."""
        within = np.sqrt(np.mean([self.of(author).var(ddof=1) for author in AUTHORS]))
        return float((self.of("Madison").mean() - self.of("Hamilton").mean()) / within)

    def share_right(self, author: str, *, cut: float) -> float:
        """The share of an author's papers on his side of the cut."""
        return float(((self.of(author) > cut) == (author == "Madison")).mean())


def ask_known(known: pl.DataFrame, settings: Mapping[str, Any]) -> Answers:
    """Every known paper, asked about once."""
    odds: dict[int, float] = {}
    for rest, held in cut_papers(known):
        odds |= ask_papers(rest, held, settings)
    papers, authors = list_papers(known)
    return Answers(authors=authors, odds=np.array([odds[paper] for paper in papers]))


def ask_choices(known: pl.DataFrame) -> tuple[str, dict[str, Answers]]:
    """The choice that keeps the authors furthest apart, and the answers of all."""
    answers = {name: ask_known(known, settings) for name, settings in CHOICES.items()}
    return max(answers, key=lambda name: answers[name].separation), answers


def check_choosing(known: pl.DataFrame) -> Answers:
    """Odds above the cut, with choice and cut made anew in each fold, without the papers that are then asked about."""
    odds: dict[int, float] = {}
    for rest, held in cut_papers(known):
        chosen, answers = ask_choices(rest)
        cut = answers[chosen].cut
        odds |= {paper: found - cut for paper, found in ask_papers(rest, held, CHOICES[chosen]).items()}
    papers, authors = list_papers(known)
    return Answers(authors=authors, odds=np.array([odds[paper] for paper in papers]))


def resample(known: pl.DataFrame, random: np.random.Generator) -> pl.DataFrame:
    """As many papers of each author as there are, drawn with replacement: what history might have left."""
    papers, authors = list_papers(known)
    by_paper = known.partition_by("paper", as_dict=True)
    drawn = [random.choice(papers[authors == author], (authors == author).sum()) for author in AUTHORS]
    return pl.concat([by_paper[(paper,)] for paper in np.concatenate(drawn).tolist()])


def count_markers(frame: pl.DataFrame) -> dict[str, float]:
    """How often each marker word stands in a thousand words."""
    text = "\n".join(frame["text"]).lower()
    words = pl.Series([text]).str.extract_all(r"\w+")[0]
    return {word: 1000 * (words == word).mean() for word in MARKERS}


def tell_choices(known: pl.DataFrame) -> tuple[str, float]:
    """Which words tell the authors apart; gives the choice and its cut."""
    chosen, answers = ask_choices(known)
    print(
        f"{'papers given to their author':<28}{'Hamilton':>9}{'Madison':>9}{'Hamilton':>12}{'Madison':>9}{'apart':>8}"
    )
    print(f"{'':<28}{'cut at 0':>18}{'cut between':>21}")
    for name, found in (*answers.items(), ("chosen in each fold", check_choosing(known))):
        cut = found.cut if name in answers else 0.0
        shares = [f"{found.share_right(author, cut=at):.0%}" for at in (0.0, cut) for author in AUTHORS]
        shares = shares if name in answers else ["", "", *shares[2:]]
        line = f"{name:<28}{shares[0]:>9}{shares[1]:>9}{shares[2]:>12}{shares[3]:>9}{found.separation:>8.2f}"
        print(line + "   chosen" * (name == chosen))
    return chosen, answers[chosen].cut


def tell_verdicts(known: pl.DataFrame, asked: pl.DataFrame, settings: Mapping[str, Any], *, cut: float) -> None:
    """For each paper how far it lies on Madison's side, and how far it would have from other known papers."""
    random = np.random.default_rng(0)
    said = ask_papers(known, asked, settings)
    again = [ask_papers(resample(known, random), asked, settings) for _ in range(N_RESAMPLES)]
    print(f"\n{'paper':<8}{'':<22}{'paragraphs':>10}{'beyond the cut':>16}{'95 % of resamples':>20}{'say Madison':>13}")
    for paper, author in zip(*list_papers(asked), strict=True):
        beyond = np.array([odds[paper] for odds in again]) - cut
        low, high = np.quantile(beyond, [0.025, 0.975])
        n = asked.filter(pl.col("paper") == paper).height
        between = f"{low:+.2f} to {high:+.2f}"
        print(f"{paper:<8}{author:<22}{n:>10}{said[paper] - cut:>+16.2f}{between:>20}{(beyond > 0).mean():>13.0%}")


def tell_markers(frame: pl.DataFrame) -> None:
    """A few words, counted."""
    print(f"\n{'in 1,000 words':<16}" + "".join(f"{word:>8}" for word in MARKERS))
    for author in (*AUTHORS, "disputed"):
        rates = count_markers(frame.filter(pl.col("author") == author))
        print(f"{author:<16}" + "".join(f"{rate:>8.2f}" for rate in rates.values()))


def main() -> None:
    """Read, and tell."""
    if len(sys.argv) != 2:
        sys.exit("Usage: python examples/federalist.py PARAGRAPHS.parquet")
    frame = pl.read_parquet(sys.argv[1], columns=["text", "author", "paper"])
    known = frame.filter(pl.col("author").is_in(AUTHORS))
    chosen, cut = tell_choices(known)
    asked = frame.filter(pl.col("author").is_in(["disputed", "Hamilton and Madison"]))
    tell_verdicts(known, asked, CHOICES[chosen], cut=cut)
    tell_markers(frame)


if __name__ == "__main__":
    main()
