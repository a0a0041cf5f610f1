"""Takes what one recv brings for a line."""

import socket
import sys

s = socket.create_connection((sys.argv[1], int(sys.argv[2])))
s.sendall(f"{sys.argv[3]}\n".encode())
while data := s.recv(4096):
    s.sendall(f"{len(data.decode().strip())}\n".encode())
s.close()
