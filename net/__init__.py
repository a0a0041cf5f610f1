"""Everything that touches the network, and nothing that draws.

The design in twenty lines. An `Engine` owns one thread, NetThread, on which an asyncio loop runs every TCP
connection as a protocol; each bound UDP endpoint has a receiving thread of its own. Whoever uses the Engine
(a window, a terminal, a test) gives it commands (what to do, imperative) with ``submit`` and takes events
(what happened, past tense) from ``events``, a queue of batches: what one wake-up produced is put once.
Commands and events are frozen dataclasses that carry session ids, never sockets, so that no socket ever
leaves its thread.

The work is done by wings of one shape (`net.wing`): `net.sockets` (raw TCP and UDP), `net.transcript` (what
was said, in sqlite and in files) and `net.chat`, which is imported with its first command. Each defines its
own commands and events and says which commands it runs; the Engine looks a command up once, by its type.
They stand on `net.loop` (how things reach the thread and leave it), `net.storage` (sqlite and files) and
`net.system` (what the operating system is asked). Bytes become messages in `net.protocol`, which does no I/O.

Backpressure: bytes handed over and not yet taken are counted; above a high-water mark TCP connections stop
reading, so the peer is pushed back by TCP itself, and UDP endpoints drop and count.

Stop: listeners close, connections get two seconds, executors finish, the transcript commits, and
`EngineStopped` is the last event. Nothing is killed; nothing accepted is lost.
"""
