"""One after the other, each until its answer has come."""

import socket
import sys

to = (sys.argv[1], int(sys.argv[2]))
s = socket.socket(type=socket.SOCK_DGRAM)
s.settimeout(0.5)
for n in range(1, 61):
    while True:
        s.sendto(f"{sys.argv[3]} {n}".encode(), to)
        try:
            while s.recv(100) != f"{n} ok".encode():
                pass
            break
        except OSError:
            pass
s.sendto(f"{sys.argv[3]} done".encode(), to)
