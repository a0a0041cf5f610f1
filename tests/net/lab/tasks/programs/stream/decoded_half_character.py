"""Collects text until the line end, but decodes each piece by itself."""

import socket
import sys

s = socket.create_connection((sys.argv[1], int(sys.argv[2])))
s.sendall(f"{sys.argv[3]}\n".encode())
text = ""
while data := s.recv(4096):
    text += data.decode()
    while "\n" in text:
        line, text = text.split("\n", 1)
        s.sendall(f"{len(line)}\n".encode())
s.close()
