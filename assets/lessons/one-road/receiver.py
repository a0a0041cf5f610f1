import socket
import sys

port, senders = map(
    int, sys.argv[1:])
s = socket.socket(
    socket.AF_INET,
    socket.SOCK_DGRAM)
s.bind(("127.0.0.1", port))

# Wait until all are there.
here = set()
while len(here) < senders:
    d, who = s.recvfrom(9)
    here.add(who)
for who in here:
    s.sendto(b"go", who)

# Acknowledge each number.
s.settimeout(2)
while True:
    try:
        d, who = s.recvfrom(9)
    except OSError:
        break
    if d == b"hello":
        d = b"go"
    s.sendto(d, who)
