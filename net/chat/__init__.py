"""Chat between the people on a LAN: discovery, pairing, talking, rooms, transfers, history.

`net.chat.commands` says what to do, `net.chat.events` what happened; both go through the one `Engine`, as the
sockets' do."""
