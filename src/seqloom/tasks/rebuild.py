"""Model folders whose exported forward pass this machine cannot run: made anew."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from seqloom.artifact import MEMBERS, Artifact, read_artifact
from seqloom.tasks.forecaster import Forecaster
from seqloom.tasks.series_classifier import SeriesClassifier
from seqloom.tasks.series_regressor import SeriesRegressor
from seqloom.tasks.text_classifier import TextClassifier

__all__ = ["rebuild_forward"]


def rebuild_forward(folder: Path) -> Artifact:
    """What a model folder holds, with the exported forward pass of every net in it made anew from card and weights.

    Parameters
    ----------
    folder : Path
        Of a single model, or of an ensemble.

    Returns
    -------
    Artifact
        It answers as the folder does, here.

    Raises
    ------
    ArtifactError
        Where the folder is damaged, foreign or of another version.
    """
    artifact = read_artifact(folder)
    if not artifact.members:
        learners = {
            learner.task: learner for learner in (Forecaster, SeriesClassifier, SeriesRegressor, TextClassifier)
        }
        return learners[artifact.card.task].load(folder).to_artifact()
    return replace(artifact, members={name: rebuild_forward(folder / MEMBERS / name) for name in artifact.members})
