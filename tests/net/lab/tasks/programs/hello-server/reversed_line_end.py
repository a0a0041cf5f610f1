"""Reverses all that it has read, also the line end."""

import socket
import sys

s = socket.create_connection((sys.argv[1], int(sys.argv[2])))
s.sendall(f"{sys.argv[3]}\n".encode())
s.sendall(s.recv(1024)[::-1])
s.close()
