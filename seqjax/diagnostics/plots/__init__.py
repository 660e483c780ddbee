"""Plots of what diagnostics measure."""
