"""Recurrent networks of seqjax and other libraries, timed and checked side by side."""
