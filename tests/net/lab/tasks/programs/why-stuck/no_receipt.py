"""The tutorial's client: it waits at its keyboard."""

import socket
import sys

s = socket.create_connection((sys.argv[1], int(sys.argv[2])))
s.sendall(f"{sys.argv[3]}\n".encode())
while True:
    s.sendall(input("You: ").encode())
    print(s.recv(1024))
