"""Makes cases and prints one JSON line for each: `make.py --seed S --folder F [--from N] [--count N]`, or with `--polluted` the variants of one table.

A case depends on the seed and its number alone.
"""

import argparse
import json
import sys
from itertools import islice
from random import Random

from csv_cases import csv_case
from json_cases import json_case
from parquet_cases import parquet_case
from polluted import polluted_case, variants
from write_cases import write_case

FORMATS = {"csv": csv_case, "json": json_case, "parquet": parquet_case}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", required=True)
    parser.add_argument("--folder", required=True)
    parser.add_argument("--from", dest="start", type=int, default=0)
    parser.add_argument("--count", type=int, default=1)
    parser.add_argument("--format", choices=[*FORMATS, "write"], help="one format alone; `write` is for write-batch")
    parser.add_argument("--polluted", action="store_true")
    arguments = parser.parse_args()
    if arguments.polluted:
        chosen = islice(variants(), arguments.start, arguments.start + arguments.count)
        for number, variant in enumerate(chosen, arguments.start):
            print(json.dumps(polluted_case(variant).write(arguments.folder, f"case-{number}")), flush=True)
        return
    for number in range(arguments.start, arguments.start + arguments.count):
        rng = Random(f"{arguments.seed}/{number}")
        drawn = rng.choices(list(FORMATS), [58, 24, 18])[0]
        case = {**FORMATS, "write": write_case}[arguments.format or drawn](rng)
        print(json.dumps(case.write(arguments.folder, f"case-{number}")), flush=True)


if __name__ == "__main__":
    sys.exit(main())
