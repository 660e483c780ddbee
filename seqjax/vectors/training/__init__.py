"""Objectives that train word vectors, and what they are made of."""

__all__ = [
    "build",
    "build_word2vec",
    "candidates",
    "chunk_loops",
    "chunk_sizes",
    "config",
    "context_windows",
    "divergence",
    "embedding_ops",
    "full_softmax",
    "glove",
    "hierarchical_softmax",
    "input_embedding",
    "negative_sampling",
    "neural_lm",
    "objective",
    "predictors",
    "trained",
    "word2vec",
]
