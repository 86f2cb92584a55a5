"""An encoder of texts and one of the columns beside them, as one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from seqloom.flow import Arrays
from seqloom.text.column_encoder import ColumnEncoder
from seqloom.text.tokens import Texts
from seqloom.text.vectorise import Encoder, encoder_from_state

__all__ = ["JointEncoder", "restore_encoder", "split_encoder"]


class JointEncoder:
    """Texts as an encoder of theirs gives them, and ``columns`` ``[N, C] float32`` beside them.

    Parameters
    ----------
    text : Encoder
        Of the texts.
    columns : ColumnEncoder
        Of what stands beside them.
    """

    def __init__(self, text: Encoder, columns: ColumnEncoder) -> None:
        self.text = text
        self.columns = columns

    def fit(self, texts: Texts, more: Texts | None = None) -> JointEncoder | Encoder:
        """Itself, learned from training rows; the encoder of texts alone where nothing stands beside them.

        Parameters
        ----------
        texts : Texts
            Training rows.
        more : Texts, optional
            Rows without labels, and without columns, for the encoder of texts.
        """
        self.text.fit(texts if more is None else texts.join(more))
        if texts.columns is None:
            return self.text
        self.columns.fit(texts.columns)
        return self

    def encode(self, texts: Texts) -> dict[str, Any]:
        """What the encoder of texts gives, by name, and ``columns``."""
        beside: np.ndarray = self.columns.encode(texts.columns)
        return {**self.text.encode(texts), "columns": beside}

    def state(self) -> tuple[dict[str, Any], list[str], Arrays]:
        """Settings, words and arrays: all that ``restore_encoder`` needs."""
        settings, words, arrays = self.text.state()
        return {**settings, "columns": self.columns.state()}, words, arrays


def restore_encoder(settings: Mapping[str, Any], words: list[str], *, arrays: Arrays) -> JointEncoder | Encoder:
    """The encoder that a card names, of texts alone or with columns; parameters and errors as ``encoder_from_state``.

    Parameters
    ----------
    settings : mapping
        What ``state`` gave.
    words : list of str
        The vocabulary.
    arrays : dict of str to ndarray
        The encoder's arrays.
    """
    text = encoder_from_state(settings, words, arrays=arrays)
    return JointEncoder(text, ColumnEncoder.from_state(settings["columns"])) if "columns" in settings else text


def split_encoder(encoder: JointEncoder | Encoder) -> tuple[Encoder, ColumnEncoder | None]:
    """The part of a fitted ``encoder`` that reads texts, and the part that reads columns, None without any."""
    return (encoder.text, encoder.columns) if isinstance(encoder, JointEncoder) else (encoder, None)
