"""gensim scores word vectors on the lists that its own wheel carries.

    python gensim_scores.py VECTORS

Prints JSON: Spearman's rank correlation on WordSim-353 and SimLex-999, the share of Google's analogies answered first,
and the word nearest to king - man + woman. Words are compared without case; pairs and questions with an unknown
word are left out.
"""

import json
import sys

from gensim.models import KeyedVectors
from gensim.test.utils import datapath


def main():
    """Score once."""
    vectors = KeyedVectors.load_word2vec_format(sys.argv[1])
    scores = {}
    for name, file in (("wordsim353", "wordsim353.tsv"), ("simlex999", "simlex999.txt")):
        _, spearman, unknown = vectors.evaluate_word_pairs(datapath(file))
        scores[name] = float(spearman.statistic)
        scores[f"{name}_unknown_percent"] = unknown
    scores["analogies"] = vectors.evaluate_word_analogies(datapath("questions-words.txt"))[0]
    queen = vectors.most_similar(positive=["king", "woman"], negative=["man"], topn=1)[0][0]
    print(json.dumps({**scores, "queen": queen}))


main()
