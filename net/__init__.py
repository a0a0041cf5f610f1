"""Everything that touches the network, and nothing that draws.

The design in twenty lines. An `Engine` owns one thread, NetThread, on which an asyncio loop runs every TCP
connection as a protocol; each bound UDP endpoint has a receiving thread. A user of the Engine (a window, a
terminal, a test) passes it commands (what to do, in the imperative) with ``submit`` and takes events (what
happened, in the past tense) from ``events``, a queue of batches: the events of one wake-up are put as one
batch. Commands and events are frozen structs that carry session ids, never sockets, so that no socket
ever leaves its thread.

The work is done by wings that share one interface (`net.wing`): `net.sockets` (raw TCP and UDP),
`net.transcript` (records what was sent and received, in sqlite and in files) and `net.chat`, which is
imported with its first command. Each wing defines its own commands and events and lists the commands it runs;
the Engine looks a command up once, by its type. The wings are built on `net.loop` (how commands reach the
thread and events leave it), `net.storage` (sqlite and files) and `net.system` (queries to the operating
system). Bytes become messages in `net.protocol`, which does no I/O.

Backpressure: bytes emitted but not yet taken by the consumer are counted; above a high-water mark TCP
connections stop reading, so that TCP itself slows the peer down, and UDP endpoints drop datagrams and count
them.

Stop: listeners close, connections get two seconds, executors finish, the transcript commits, and
`EngineStopped` is the last event. Nothing is killed; nothing accepted is lost.
"""
