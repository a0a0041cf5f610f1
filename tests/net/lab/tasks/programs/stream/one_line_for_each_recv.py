"""Keeps the rest, but takes one line from each recv."""

import socket
import sys

s = socket.create_connection((sys.argv[1], int(sys.argv[2])))
s.sendall(f"{sys.argv[3]}\n".encode())
data = b""
while part := s.recv(4096):
    data += part
    if b"\n" in data:
        line, data = data.split(b"\n", 1)
        s.sendall(f"{len(line.decode())}\n".encode())
