"""Measures gradients that are made while walking against those of backpropagation."""
