"""Waits for the other to close first."""

import socket
import sys

s = socket.create_connection((sys.argv[1], int(sys.argv[2])))
s.sendall(f"{sys.argv[3]}\n".encode())
s.sendall(s.recv(1024).strip()[::-1] + b"\n")
s.recv(1)
