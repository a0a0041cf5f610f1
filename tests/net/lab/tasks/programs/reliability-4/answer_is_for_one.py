"""Right for level 3: takes an answer for all numbers up to its own."""

import socket
import sys

to = (sys.argv[1], int(sys.argv[2]))
s = socket.socket(type=socket.SOCK_DGRAM)
s.settimeout(0.4)
base = new = 1
while base <= 60:
    while new < base + 8 and new <= 60:
        s.sendto(f"{sys.argv[3]} {new}".encode(), to)
        new += 1
    try:
        base = max(base, int(s.recv(100).split()[0]) + 1)
    except OSError:
        new = base
    new = max(new, base)
s.sendto(f"{sys.argv[3]} done".encode(), to)
