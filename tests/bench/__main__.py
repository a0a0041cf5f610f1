"""``dev.py bench [NAME ...]``: measure, print a table, write build/bench.json. Exit code 1 when a bound was
missed."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

from tests.bench.figures import Figure, table

SUBJECTS = ("tcp", "udp", "window", "bulk", "program", "chat", "transfers", "lessons")
RESULTS = Path("build/bench.json")


def main(names: list[str]) -> int:
    unknown = set(names) - set(SUBJECTS)
    if unknown:
        print(f"no such benchmark: {', '.join(sorted(unknown))}; there are {', '.join(SUBJECTS)}")
        return 2
    measured: list[Figure] = []
    for name in names or SUBJECTS:
        for figure in importlib.import_module(f"tests.bench.{name}").figures():
            print("  ".join(figure.row()), flush=True)
            measured.append(figure)
    print("\n" + table(measured))
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps([figure.as_json() for figure in measured], indent=1) + "\n")
    return 0 if all(figure.kept for figure in measured) else 1


# Some measurements spawn processes, which import this module again.
if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
