"""Public data that ``seqloom get`` knows: where it lies, how large it is, who made it, what it unpacks to.

A checksum stands here only where somebody has published one, and ``checksum_from`` says who. A file without one is
taken as it comes at the first download, its checksum is recorded, and the person is told so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from seqloom.errors import UsageError

__all__ = ["CATALOGUE", "Offer", "find_offer"]


@dataclass(frozen=True, kw_only=True)
class Offer:
    """One thing to download.

    Parameters
    ----------
    name : str
        What it is asked for by; also the folder that it is unpacked to.
    title : str
        What it is, in a few words.
    addresses : sequence of str
        The same file at each of them, tried in this order.
    n_bytes : int
        Size of the file. Held against what comes only where there is a checksum too.
    sha256 : str or None
        Published checksum of the file.
    checksum_from : str
        Who published it; empty where nobody did.
    licence : str
        Terms, as their source states them.
    credit : str
        Whom to cite or name.
    use : str
        The file or folder in it that one works with.
    next_command : str
        What to do with it, with ``{}`` for that file or folder; empty where no verb takes it yet.
    """

    name: str
    title: str
    addresses: Sequence[str]
    n_bytes: int
    sha256: str | None = None
    checksum_from: str = ""
    licence: str
    credit: str
    use: str
    next_command: str = ""

    @property
    def file(self) -> str:
        """The archive's own name."""
        return self.addresses[0].rpartition("/")[2]


_GLOVE_LICENCE = "Public Domain Dedication and License 1.0"
_GLOVE_CREDIT = "Pennington, Socher and Manning (2014), GloVe: Global Vectors for Word Representation, EMNLP"
_GLOVE_CHECKSUM = "JuliaText/Embeddings.jl, src/glove.jl"

CATALOGUE = (
    Offer(
        name="imdb",
        title="Large Movie Review Dataset: 50,000 reviews, pos or neg, and 50,000 unlabelled ones",
        addresses=("https://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz",),
        n_bytes=84_125_825,
        sha256="c40f74a18d3b61f90feba1e17730e0d38e8b97c05fde7008942e91923d1658fe",
        checksum_from="tensorflow/datasets, imdb_reviews/checksums.tsv",
        licence="none stated",
        credit="Maas et al. (2011), Learning Word Vectors for Sentiment Analysis, ACL",
        use="aclImdb",
        next_command="seqloom train {}",
    ),
    Offer(
        name="jena",
        title="Jena Climate: 14 measurements every 10 minutes, 2009 to 2016",
        # The textbook's address, and the one of TensorFlow's tutorial on time series.
        addresses=(
            "https://s3.amazonaws.com/keras-datasets/jena_climate_2009_2016.csv.zip",
            "https://storage.googleapis.com/tensorflow/tf-keras-datasets/jena_climate_2009_2016.csv.zip",
        ),
        n_bytes=13_568_290,
        licence="none stated",
        credit="weather station of the Max Planck Institute for Biogeochemistry, Jena",
        use="jena_climate_2009_2016.csv",
    ),
    Offer(
        name="glove",
        title="GloVe: vectors of 400,000 words, from Wikipedia and newswire; widths 50, 100, 200, 300",
        addresses=("https://nlp.stanford.edu/data/glove.6B.zip",),
        n_bytes=862_182_613,
        sha256="617afb2fe6cbd085c235baf7a465b96f4112bd7f7ccb2b2cbd649fed9cbcf2fb",
        checksum_from=_GLOVE_CHECKSUM,
        licence=_GLOVE_LICENCE,
        credit=_GLOVE_CREDIT,
        use="glove.6B.100d.txt",
        next_command="seqloom vectors convert {} glove/",
    ),
    Offer(
        name="glove-twitter",
        title="GloVe: vectors of 1,200,000 words, from Twitter; widths 25, 50, 100, 200",
        addresses=("https://nlp.stanford.edu/data/glove.twitter.27B.zip",),
        n_bytes=1_520_408_563,
        sha256="792af52f795d1a32c9842a3240f5f3fe5e941a8ff6df5eb0f9d668092ebc019c",
        checksum_from=_GLOVE_CHECKSUM,
        licence=_GLOVE_LICENCE,
        credit=_GLOVE_CREDIT,
        use="glove.twitter.27B.100d.txt",
        next_command="seqloom vectors convert {} glove/",
    ),
)


def find_offer(name: str) -> Offer:
    """The entry of that name.

    Raises
    ------
    UsageError
        Where there is none: lists those there are.
    """
    found = {offer.name: offer for offer in CATALOGUE}
    if name not in found:
        raise UsageError(f"{name!r} is not in the catalogue. It has {', '.join(found)}. See: seqloom get")
    return found[name]
