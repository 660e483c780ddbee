"""Tries what is taught about recurrent networks, and writes one report of it.

    python -m experiments.claims
    python -m experiments.claims --only=gradients,padding --seeds=5
    python -m experiments.claims --language=ko --out=runs/claims

Every claim is an experiment over several seeds, with a verdict by a rule that was written before.
--out holds report.md and report.html (of Korean: report.ko.md, report.ko.html), a plot each, and
results/NAME.json. The same command again goes on where it was stopped: it measures what is missing,
what was measured from other seeds or by other code, and what failed; the exit status is 1 if a
claim raised an error. A claim that does not hold is no error.
"""

from experiments import flags, launch
from experiments.claims.main import ClaimsConfig, main

if __name__ == "__main__":
    flags.define(ClaimsConfig)
    launch.run(main)
