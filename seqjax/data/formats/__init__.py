"""Readers and writers of files: one format a module, and nothing here knows a model."""
