"""Collects the three lines before it answers."""

import socket
import sys

s = socket.create_connection((sys.argv[1], int(sys.argv[2])))
s.sendall(f"{sys.argv[3]}\n".encode())
lines = s.makefile("rb")
for line in [lines.readline(), lines.readline(), lines.readline()]:
    s.sendall(b"got " + line)
s.close()
