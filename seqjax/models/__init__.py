"""Whole models, from ids to probabilities."""

__all__ = [
    "body",
    "char_encoder",
    "classifier",
    "classifier_config",
    "composer",
    "decoder",
    "decoder_wiring",
    "encoder_decoder",
    "encoder_decoder_config",
    "encoder_decoder_network",
    "heads",
    "language_model",
    "language_model_config",
    "ngram",
    "output_spaces",
    "regressor",
    "scheduled_sampling",
    "tag_heads",
    "tagger",
    "transcriber",
]
