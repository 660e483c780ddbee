"""Time in parallel: iterations of ``newton``, and pictures of time and memory against T."""
