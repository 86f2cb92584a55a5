"""Encoder and model of a text classifier, from what a model folder holds."""

from __future__ import annotations

from typing import Any

from seqloom import baselines
from seqloom.artifact import Artifact
from seqloom.errors import ArtifactError
from seqloom.network import NetModel
from seqloom.predictor import check_model
from seqloom.text.beside import JointEncoder, restore_encoder
from seqloom.text.vectorise import Encoder

__all__ = ["restore_model"]

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
