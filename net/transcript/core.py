"""`Transcript`: the wing that records. Its recorder gets all events from the outlet, like a second
consumer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from net.address import Address
from net.events import Exported, Fault, FaultKind
from net.faults import fault_from_ours
from net.loop.outlet import Outlet
from net.sockets.events import Role, Transport
from net.system.resolve import in_thread
from net.transcript.commands import CancelExport, ClearTranscript, Export, KeepTranscripts
from net.transcript.reader import TranscriptReader
from net.transcript.recorder import Recorder
from net.wing import Routes


class Transcript:
    """``recorder``: None if nothing is recorded. NetThread only, except `reader` and `expiring`."""

    def __init__(self, recorder: Recorder | None, outlet: Outlet) -> None:
        self.recorder = recorder
        self._outlet = outlet

    def routes(self) -> Routes:
        recorder = self.recorder
        if recorder is None:
            return {
                Export: self._refuse_export,
                CancelExport: lambda command: None,
                ClearTranscript: lambda command: None,
                KeepTranscripts: lambda command: None,
            }
        return {
            Export: self._after_flush(recorder.export),
            CancelExport: recorder.cancel_export,
            ClearTranscript: self._after_flush(recorder.clear),
            KeepTranscripts: self._after_flush(recorder.keep),
        }

    def failed(self, command: Any, error: Exception) -> None:
        if isinstance(command, Export):
            self._outlet.put(Exported(command.job, command.path, 0, fault_from_ours(error)))

    async def stop(self) -> None:
        """Write what the other wings emitted; they have stopped before."""
        self._outlet.flush()
        if self.recorder is not None:
            self.recorder.stop()
            await in_thread(self.recorder.join)

    def expect(self, session: int, *, codec: str, transport: Transport, role: Role, address: Address) -> None:
        """A session is about to open: with which codec its bytes are read, and the requested role and
        address."""
        if self.recorder is not None:
            self.recorder.set_codec(session, codec, transport.value)
            self.recorder.set_requested(session, role.value, str(address))

    def reader(self) -> TranscriptReader | None:
        """A new reader for the calling thread; None where nothing is stored. Any thread."""
        return self.recorder.reader() if self.recorder is not None else None

    def expiring(self, keep_days: int | None) -> int:
        """How many stored sessions `KeepTranscripts` with these days would delete now. Any thread."""
        return self.recorder.expiring(keep_days) if self.recorder is not None else 0

    def _after_flush(self, run: Callable[[Any], None]) -> Callable[[Any], None]:
        """Run a command after flushing the outlet: events emitted so far are exported or cleared too."""

        def flush_and_run(command: Any) -> None:
            self._outlet.flush()
            run(command)

        return flush_and_run

    def _refuse_export(self, command: Export) -> None:
        fault = Fault(FaultKind.STORE_FAILED, {"path": "", "detail": ""})
        self._outlet.put(Exported(command.job, command.path, 0, fault))
