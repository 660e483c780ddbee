"""What claims share: numbers, words, curves, training."""
