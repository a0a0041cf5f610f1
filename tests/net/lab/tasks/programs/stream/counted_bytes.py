"""Counts bytes."""

import socket
import sys

s = socket.create_connection((sys.argv[1], int(sys.argv[2])))
s.sendall(f"{sys.argv[3]}\n".encode())
for line in s.makefile("rb"):
    s.sendall(f"{len(line) - 1}\n".encode())
