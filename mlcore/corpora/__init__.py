"""Published corpora: what their file names and tables say, their licenses and known defects."""

from mlcore.corpora import ased, cremad, emodb, emovo, meld, nemo, ravdess, savee, tess
from mlcore.corpora.base import LEFT_OUT, Corpus, Entry, Reader

__all__ = ["CORPORA", "LEFT_OUT", "Corpus", "Entry", "Reader"]

CORPORA: dict[str, Corpus] = {
    corpus.name: corpus
    for corpus in (
        ravdess.SPEECH,
        ravdess.SONG,
        cremad.CORPUS,
        tess.CORPUS,
        savee.CORPUS,
        emodb.CORPUS,
        emovo.CORPUS,
        nemo.CORPUS,
        meld.CORPUS,
        ased.CORPUS,
    )
}
