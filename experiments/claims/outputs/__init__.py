"""Claims about outputs and losses."""
