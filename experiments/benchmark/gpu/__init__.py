"""Whether seqjax is right on a GPU, and how fast, in a few minutes."""
