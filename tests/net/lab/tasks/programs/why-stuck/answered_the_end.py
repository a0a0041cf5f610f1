"""Does not look at b"", and answers the end of the stream for ever."""

import socket
import sys

s = socket.create_connection((sys.argv[1], int(sys.argv[2])))
s.sendall(f"{sys.argv[3]}\n".encode())
while True:
    s.sendall(b"got " + s.recv(1024).strip() + b"\n")
