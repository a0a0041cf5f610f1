"""Closes in order to say that it was all."""

import socket
import sys

s = socket.create_connection((sys.argv[1], int(sys.argv[2])))
s.sendall(f"{sys.argv[3]}\n".encode() + b"x" * 50000)
s.close()
