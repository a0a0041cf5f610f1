"""Answers whatever comes."""

import socket
import sys

s = socket.socket(type=socket.SOCK_DGRAM)
s.sendto(sys.argv[3].encode(), (sys.argv[1], int(sys.argv[2])))
while True:
    card, sender = s.recvfrom(1024)
    number, a, b = card.split()
    s.sendto(b"%s %d" % (number, int(a) + int(b)), sender)
