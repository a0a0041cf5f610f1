"""Everything that touches the network, and nothing that draws.

The design in twenty lines. An `Engine` owns one thread, NetThread, on which an asyncio loop runs every TCP
connection as a protocol; each bound UDP endpoint has a receiving thread of its own. Whoever uses the Engine
(a window, a terminal, a test) gives it commands (`net.sockets.commands`: what to do, imperative) with
``submit`` and takes events (`net.events`: what happened, past tense) from ``events``, a queue of batches:
what one wake-up produced is put once. Commands and events are frozen dataclasses that carry session ids,
never sockets, so that no socket ever leaves its thread.

Bytes become messages in `net.protocol`, which does no I/O (sans-IO): framing, codecs, checksums, reply rules,
pcap. The transcript (`net.transcript`) is one more consumer of the same events: one worker thread owns the
sqlite connection, commits in batches and emits `Stored`; panes read the rows they show through a
`TranscriptReader`.

Backpressure: bytes handed over and not yet taken are counted; above a high-water mark TCP connections stop
reading, so the peer is pushed back by TCP itself, and UDP endpoints drop and count.

Stop: listeners close, connections get two seconds, executors finish, the transcript commits, and
`EngineStopped` is the last event. Nothing is killed; nothing accepted is lost.
"""
