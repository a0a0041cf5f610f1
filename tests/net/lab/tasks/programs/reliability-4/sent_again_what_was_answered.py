"""Go-back-N: notes the answers one by one, but sends everything again from the first that is missing on."""

import socket
import sys

to = (sys.argv[1], int(sys.argv[2]))
s = socket.socket(type=socket.SOCK_DGRAM)
s.settimeout(0.4)
answered = set()
base = new = 1
while base <= 60:
    while new < base + 8 and new <= 60:
        s.sendto(f"{sys.argv[3]} {new}".encode(), to)
        new += 1
    try:
        answered.add(int(s.recv(100).split()[0]))
    except OSError:
        new = base
    while base in answered:
        base += 1
    new = max(new, base)
s.sendto(f"{sys.argv[3]} done".encode(), to)
