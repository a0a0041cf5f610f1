"""Believes that datagrams come in order."""

import socket
import sys

s = socket.socket(type=socket.SOCK_DGRAM)
s.sendto(sys.argv[3].encode(), (sys.argv[1], int(sys.argv[2])))
for number in range(1, 11):
    card, sender = s.recvfrom(1024)
    _, a, b = card.split()
    s.sendto(b"%d %d" % (number, int(a) + int(b)), sender)
