"""The exit codes of ``--headless``, as docs/command-line.md lists them. 2 is
`gui.shared.arguments.EXIT_USE`."""

from __future__ import annotations

from net.events import FaultKind

EXIT_OK = 0
EXIT_FAULT = 1
EXIT_REFUSED = 3
EXIT_TIMED_OUT = 4
EXIT_NOT_FOUND = 5
EXIT_RESET = 6
EXIT_TLS = 7
EXIT_IN_USE = 8

_OF_FAULTS = {
    FaultKind.REFUSED: EXIT_REFUSED,
    FaultKind.PORT_CLOSED: EXIT_REFUSED,
    FaultKind.TIMED_OUT: EXIT_TIMED_OUT,
    FaultKind.NAME_NOT_FOUND: EXIT_NOT_FOUND,
    FaultKind.NAME_LOOKUP_FAILED: EXIT_NOT_FOUND,
    FaultKind.UNREACHABLE: EXIT_NOT_FOUND,
    FaultKind.FORBIDDEN: EXIT_NOT_FOUND,
    FaultKind.IPV6_OFF: EXIT_NOT_FOUND,
    FaultKind.SCOPE_MISSING: EXIT_NOT_FOUND,
    FaultKind.RESET: EXIT_RESET,
    FaultKind.TLS_FAILED: EXIT_TLS,
    FaultKind.TLS_NOT_VERIFIED: EXIT_TLS,
    FaultKind.ADDRESS_IN_USE: EXIT_IN_USE,
    FaultKind.PAIR_IN_USE: EXIT_IN_USE,
    FaultKind.NO_FREE_PORT: EXIT_IN_USE,
    FaultKind.PERMISSION: EXIT_IN_USE,
}


def exit_code_of(kind: FaultKind) -> int:
    return _OF_FAULTS.get(kind, EXIT_FAULT)


class Outcome:
    """The exit code so far. The first failure decides it; an interrupt always does."""

    def __init__(self) -> None:
        self.exit_code = EXIT_OK

    def fail(self, code: int = EXIT_FAULT) -> None:
        self.exit_code = self.exit_code or code

    def interrupt(self, code: int) -> None:
        self.exit_code = code
