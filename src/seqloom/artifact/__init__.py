"""The model folder: JSON and arrays, read with suspicion, never a pickle, nothing executed.

::

    runs/imdb/
      card.json             what it is: task, family, settings, classes, scores, sizes and digests of the files below
      vocabulary.json       the words, in the order of their ids
      weights.safetensors   arrays of encoder and model, by our own names
      forward.bin           nets: the exported forward pass, so that answering needs no Keras
      history.json          what each epoch brought, without clocks
      members/lstm/ ...     ensembles: a folder like this one for each model; the card has the digests of their cards
      run.json              clocks, versions, the command: all that may differ between two equal runs

File names are fixed here, so nothing that stands in a card can point anywhere. Folders are written under another name
and renamed when whole.
"""

from seqloom.artifact.folder import FORMAT_VERSION, MEMBERS, Artifact, plain_history
from seqloom.artifact.read import read_arrays, read_artifact
from seqloom.artifact.write import check_free, fill_folder, make_folder, write_arrays, write_artifact

__all__ = [
    "FORMAT_VERSION",
    "MEMBERS",
    "Artifact",
    "check_free",
    "fill_folder",
    "make_folder",
    "plain_history",
    "read_arrays",
    "read_artifact",
    "write_arrays",
    "write_artifact",
]
