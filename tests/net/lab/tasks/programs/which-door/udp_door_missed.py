"""Never sends a datagram."""

import socket
import sys

s = socket.create_connection((sys.argv[1], int(sys.argv[2])))
s.sendall(f"{sys.argv[3]}\n".encode())
lines = s.makefile()
while door := lines.readline().strip():
    host, port = door.rsplit(":", 1)
    try:
        socket.create_connection((host, int(port)), 3).close()
        word = "open"
    except ConnectionRefusedError:
        word = "refused"
    except OSError:
        word = "silent"
    s.sendall(f"{door} {word}\n".encode())
lines.readline()
