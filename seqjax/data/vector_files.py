"""Word vectors in the files that others read and write: GloVe, word2vec, fastText .vec."""

from seqjax.data.vector_readers import Vectors, read_vectors
from seqjax.data.vector_writers import FORMATS, write_vectors

__all__ = ["FORMATS", "Vectors", "read_vectors", "write_vectors"]
