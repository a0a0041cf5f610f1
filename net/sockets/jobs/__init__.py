"""What goes on by itself in a session: repeating a message, sending a file, answering by rules.

Jobs run on NetThread's loop and use a session through `net.sockets.session.Session` only, so they serve TCP
and UDP alike. Whoever ends a session ends its jobs first (`Jobs.session_ended`, `Replier.close`), because
nothing about a session may follow its `Closed`.
"""
