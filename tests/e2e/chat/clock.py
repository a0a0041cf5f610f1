"""The program on a PC whose clock is wrong: ``python -m tests.e2e.chat.clock SECONDS WORD ...`` is
``main.py WORD ...`` with the time of day so many seconds ahead (negative: behind)."""

from __future__ import annotations

import sys
import time


def main() -> int:
    seconds = int(sys.argv[1])
    right, right_ns = time.time, time.time_ns
    time.time = lambda: right() + seconds
    time.time_ns = lambda: right_ns() + seconds * 10**9
    # Only now: whoever takes the function by its name gets the wrong one, too.
    import main as program

    return program.main(sys.argv[2:])


if __name__ == "__main__":
    sys.exit(main())
