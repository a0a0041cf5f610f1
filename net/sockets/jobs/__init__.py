"""Work that runs by itself in a session: repeating a message, sending a file, replying by rules.

Jobs run on NetThread's loop and use a session only through `net.sockets.session.Session`, so they serve TCP
and UDP alike. A session that ends first ends its jobs (`Jobs.session_ended`, `Replier.close`), because
`Closed` must be its last event.
"""
