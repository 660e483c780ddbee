"""Training of whole language models, seqjax beside plain torch."""
