"""Sends everything once and believes that it arrived."""

import socket
import sys

to = (sys.argv[1], int(sys.argv[2]))
s = socket.socket(type=socket.SOCK_DGRAM)
for n in range(1, 11):
    s.sendto(f"{sys.argv[3]} {n}".encode(), to)
s.sendto(f"{sys.argv[3]} done".encode(), to)
