"""Collects until a line end comes, takes the line, and forgets the rest."""

import socket
import sys

s = socket.create_connection((sys.argv[1], int(sys.argv[2])))
s.sendall(f"{sys.argv[3]}\n".encode())
while True:
    data = b""
    while b"\n" not in data:
        part = s.recv(4096)
        if not part:
            sys.exit()
        data += part
    s.sendall(f"{len(data.split(bytes([10]))[0].decode())}\n".encode())
