"""Sends eight, waits until all of them have been answered, and sends the next eight."""

import socket
import sys

to = (sys.argv[1], int(sys.argv[2]))
s = socket.socket(type=socket.SOCK_DGRAM)
s.settimeout(0.5)
base = 1
while base <= 60:
    last = min(base + 7, 60)
    while base <= last:
        for n in range(base, last + 1):
            s.sendto(f"{sys.argv[3]} {n}".encode(), to)
        try:
            while base <= last:
                base = max(base, int(s.recv(100).split()[0]) + 1)
        except OSError:
            pass
s.sendto(f"{sys.argv[3]} done".encode(), to)
