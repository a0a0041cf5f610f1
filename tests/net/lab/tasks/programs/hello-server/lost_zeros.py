"""Reverses the value and not the digits."""

import socket
import sys

s = socket.create_connection((sys.argv[1], int(sys.argv[2])))
s.sendall(f"{sys.argv[3]}\n".encode())
number = s.makefile("rb").readline()
s.sendall(f"{int(number.decode().strip()[::-1])}\n".encode())
s.close()
