"""Goes back, but waits for the answer to each number: one that is lost is missed for ever."""

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
        if s.recv(100) == f"{base} ok".encode():
            base += 1
    except OSError:
        new = base
s.sendto(f"{sys.argv[3]} done".encode(), to)
