"""The programs under "Show code" of choices, made on the PC (a network namespace) on which this runs: each
line of standard input is a choice as JSON; each line of output the two programs and which of them is the
other end."""

from __future__ import annotations

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[5]))

from gui.pages.sockets.choice import Choice
from gui.pages.sockets.code.example_choice import example_of
from gui.pages.sockets.code.example_tcp import client_program, server_program

for line in sys.stdin:
    example = example_of(Choice.from_dict(json.loads(line)))
    assert example is not None, line
    programs = {"server": server_program(example), "client": client_program(example)}
    print(json.dumps({**programs, "peer": example.peer, "here": example.is_on_loopback}), flush=True)
