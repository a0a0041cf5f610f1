"""Takes every error for a refusal, also its own time-out."""

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
    except OSError:
        card = socket.socket(type=socket.SOCK_DGRAM)
        card.settimeout(1)
        card.connect((host, int(port)))
        try:
            card.send(b"?")
            card.recv(100)
            word = "udp"
        except OSError:
            word = "refused"
    s.sendall(f"{door} {word}\n".encode())
lines.readline()
