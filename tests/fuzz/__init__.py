"""Any input answered: every reader of files, given files that nobody meant to write.

    python -m tests.fuzz                        all readers, 10,000 inputs of either kind each
    python -m tests.fuzz --inputs=500 csv midi  two of them, quickly
    pytest -m fuzz tests/fuzz                   the same as a test; ordinary runs leave it out

A reader answers, or raises one ValueError that names the file; ``contract`` says what is asked of
it in full. Inputs are of two kinds: ``property_based`` joins the pieces that a format is made of
(Hypothesis), ``coverage_guided`` changes bytes of good files and keeps what reaches new lines of
the reader (atheris, of the extra "fuzz").

A new reader is one row of a table: ``text_readers``, ``music_and_sound``, ``array_readers``,
``run_readers`` or ``vector_readers``. What was ever found stands in ``found`` and is tried in the
ordinary suite.
"""
