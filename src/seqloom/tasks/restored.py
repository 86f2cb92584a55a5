"""Encoder and model of a text classifier, from what a model folder holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from seqloom import baselines
from seqloom.artifact import Artifact
from seqloom.errors import ArtifactError
from seqloom.forecasts import SOLVED, Yardstick, check_quantiles, restore_solved, unpack_answer
from seqloom.json_files import check_fields
from seqloom.network import ForecastNet, NetModel
from seqloom.predictor import check_model
from seqloom.scores.conformal import Intervals
from seqloom.series.encode import WindowEncoder
from seqloom.text.beside import JointEncoder, restore_encoder
from seqloom.text.vectorise import Encoder

__all__ = ["Restored", "restore_forecaster", "restore_model"]

# What a card calls the models that are no nets.
_KINDS = {"constant": "ConstantModel", "linear": "LinearModel", "ranked": "RankedModel"}


def restore_model(artifact: Artifact) -> tuple[JointEncoder | Encoder, Any]:
    """Encoder and model as they were saved, once they were looked over.

    Parameters
    ----------
    artifact : Artifact
        From outside.

    Returns
    -------
    tuple
        Both fitted.

    Raises
    ------
    ArtifactError
        Where it is an ensemble, or what is in it does not belong together.
    """
    if artifact.members:
        found = f"an ensemble of {', '.join(artifact.members)} found, a single model expected"
        raise ArtifactError(f"{found}. seqloom.load answers with all of them; each alone lies in members/.")
    encoder = restore_encoder(artifact.card.encoding, artifact.words, arrays=artifact.encoder)
    check_model(artifact, encoder)
    kind = artifact.card.model["kind"]
    model = (NetModel if kind == "net" else getattr(baselines, _KINDS[kind])).from_state(
        artifact.card.model, artifact.model
    )
    if isinstance(model, NetModel):
        model.vectors = artifact.card.params.get("vectors")
    return encoder, model


@dataclass(frozen=True, kw_only=True)
class Restored:
    """What a forecaster's folder holds, fitted."""

    encoder: WindowEncoder
    model: Any
    intervals: Intervals
    yardstick: Yardstick


def restore_forecaster(artifact: Artifact) -> Restored:
    """Encoder, model, intervals and yardstick of a forecaster as they were saved.

    Parameters
    ----------
    artifact : Artifact
        From outside.

    Raises
    ------
    ArtifactError
        Where what is in it does not belong together.
    """
    encoder, intervals, yardstick = unpack_answer(artifact)
    kind = artifact.card.model["kind"]
    if kind == "net":
        check_fields(artifact.card.model, {"family": (str,), "sizes": (dict,)}, where="the model in card.json")
        check_quantiles(artifact.card.model)
        model: Any = ForecastNet.from_state(artifact.card.model, artifact.model)
    elif kind in SOLVED:
        model = restore_solved(artifact, encoder)
    else:
        raise ArtifactError(f"a model of kind {kind!r:.60} found. Is it of a newer version of seqloom?")
    return Restored(encoder=encoder, model=model, intervals=intervals, yardstick=yardstick)
