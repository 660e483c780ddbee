"""Times seqjax and other libraries on recurrent networks, and checks what they compute.

    python -m experiments.benchmark --set=small
    python -m experiments.benchmark --set=cpu --cells=lstm --peers=torch,flax --workdir=runs/cpu
    python -m experiments.benchmark --shapes=20x35x200,32x50x100x200:layers=2:bidirectional:padded
    python -m experiments.benchmark --cells=gru,my_cells:leaky --drivers=auto,hoisted
    python -m experiments.benchmark --extras=compile,memory

A row is a cell, a shape (batch x steps x width, or batch x steps x inputs x states), a dtype and a
mode: ``forward`` (outputs), ``gradient`` (of sum(y^2) for weights and inputs), ``train`` (gradient
for weights and an SGD update) and ``latency`` (one token through all layers). All sides of a row
run by turns in one process after compilation; each is compared with a float64 reference.

The folder holds results.jsonl, results.csv, report.md and pictures. The same command again goes on
where it was stopped, and tries again what failed; the exit status is 1 if anything did.
"""

from experiments import flags, launch
from experiments.benchmark.main import BenchmarkConfig, main

if __name__ == "__main__":
    flags.define(BenchmarkConfig)
    launch.run(main)
