"""Waits for the answer for ever."""

import socket
import sys

to = (sys.argv[1], int(sys.argv[2]))
s = socket.socket(type=socket.SOCK_DGRAM)
for n in range(1, 11):
    s.sendto(f"{sys.argv[3]} {n}".encode(), to)
    while s.recv(100) != f"{n} ok".encode():
        pass
s.sendto(f"{sys.argv[3]} done".encode(), to)
