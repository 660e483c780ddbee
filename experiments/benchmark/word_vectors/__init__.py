"""Training of word vectors, seqjax beside gensim."""
