import socket
import sys

s = socket.socket(
    socket.AF_INET,
    socket.SOCK_DGRAM)
PORT, SENDERS = sys.argv[1:]
s.bind(("127.0.0.1", int(PORT)))

# Wait until everybody is there.
here = set()
while len(here) < int(SENDERS):
    data, who = s.recvfrom(99)
    here.add(who)
for who in here:
    s.sendto(b"go", who)

# Acknowledge each number.
s.settimeout(2)
try:
    while True:
        data, who = s.recvfrom(99)
        if data == b"hello":
            data = b"go"
        s.sendto(data, who)
except socket.timeout:
    print("nobody sends any more")
