"""Answers each number once, but stops after ten datagrams."""

import socket
import sys

s = socket.socket(type=socket.SOCK_DGRAM)
s.sendto(sys.argv[3].encode(), (sys.argv[1], int(sys.argv[2])))
done = set()
for _ in range(10):
    card, sender = s.recvfrom(1024)
    number, a, b = card.split()
    if number not in done:
        done.add(number)
        s.sendto(b"%s %d" % (number, int(a) + int(b)), sender)
