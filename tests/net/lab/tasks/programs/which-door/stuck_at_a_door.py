"""Sets no time-out, and stands before the silent door."""

import socket
import sys

s = socket.create_connection((sys.argv[1], int(sys.argv[2])))
s.sendall(f"{sys.argv[3]}\n".encode())
lines = s.makefile()
while door := lines.readline().strip():
    host, port = door.rsplit(":", 1)
    try:
        socket.create_connection((host, int(port))).close()
        word = "open"
    except OSError:
        word = "refused"
    s.sendall(f"{door} {word}\n".encode())
lines.readline()
