"""Answers everything and uses everything."""

import socket
import sys

s = socket.socket(type=socket.SOCK_DGRAM)
s.sendto(sys.argv[3].encode(), (sys.argv[1], int(sys.argv[2])))
words = []
while True:
    card, sender = s.recvfrom(100)
    if card == b"end":
        break
    number, word = card.split()
    words.append(word)
    s.sendto(number + b" ok", sender)
s.sendto(b" ".join([b"all", *words]), sender)
