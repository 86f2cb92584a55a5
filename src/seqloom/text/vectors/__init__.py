"""Word vectors: read from files, kept in folders, asked, and trained from one's own text.

::

    wordvectors.py   WordVectors: what everything here is about; open, read, save, near, analogy, coverage, matrix_for
      spelling.py      which row is a word's: as spelled, else in another case; close spellings
      coverage.py      how much of some texts is known
      plane.py         vectors as points of a plane, for the map
      store.py         the folder: card.json, words.json, vectors.npy, opened without reading the matrix
    convert.py       vector files as folders, and the cache of those
    read.py          vector files in the formats of GloVe, word2vec and fastText, read in blocks
      layout.py        which of them it is, from its first bytes
      rows.py          a block of lines to words and numbers      binary.py   likewise word2vec's binary records
    start.py         vectors as what a net begins from, by the ids of a vocabulary
    train.py         train_vectors: from texts to vectors
      spool.py         texts as one stream of word numbers, on disk where memory would not do
      pairs.py         how often words stand near each other      factorise.py   positive PMI and its first dimensions
      skipgram.py      the same by gensim, an optional extra
"""

from seqloom.text.vectors.coverage import Coverage
from seqloom.text.vectors.train import VectorOptions, train_vectors
from seqloom.text.vectors.wordvectors import WordVectors

__all__ = ["Coverage", "VectorOptions", "WordVectors", "train_vectors"]
