"""The command: tries readers, prints a row for each, and what broke."""

from __future__ import annotations

import argparse
import sys

from tests.fuzz.campaign import campaign
from tests.fuzz.readers import READERS


def main() -> int:
    """Prints a row a reader; 1 if anything broke."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--inputs", type=int, default=10_000, help="of either kind, for each")
    parser.add_argument("readers", nargs="*", help=", ".join(READERS))
    arguments = parser.parse_args()
    names = arguments.readers or list(READERS)
    if unknown := set(names) - set(READERS):
        parser.error(f"got {', '.join(sorted(unknown))}, want some of {', '.join(READERS)}")
    total, broke = 0, False
    print(f"{'reader':20}{'by pieces':>12}{'by coverage':>13}{'faults':>8}", flush=True)
    for tried in campaign(names, arguments.inputs):
        counts = f"{tried.by_pieces:12,}{tried.by_coverage:13,}{len(tried.faults):8}"
        print(f"{tried.reader:20}{counts}", flush=True)
        for fault, data in tried.faults.values():
            print(f"  {fault}\n    {data!r:.400}", flush=True)
        total += tried.by_pieces + tried.by_coverage
        broke |= bool(tried.faults)
    print(f"{total:,} inputs in all")
    return int(broke)


if __name__ == "__main__":
    sys.exit(main())
