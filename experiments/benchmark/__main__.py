"""``python -m experiments.benchmark``."""

from experiments import flags, launch
from experiments.benchmark.benchmark import BenchmarkConfig, main

if __name__ == "__main__":
    flags.define(BenchmarkConfig)
    launch.run(main)
