"""Answers a line when it has the next one."""

import socket
import sys

s = socket.create_connection((sys.argv[1], int(sys.argv[2])))
s.sendall(f"{sys.argv[3]}\n".encode())
last = b""
for line in s.makefile("rb"):
    if last:
        s.sendall(b"got " + last)
    last = line
s.sendall(b"got " + last)
s.close()
