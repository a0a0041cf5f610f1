import socket
import sys
import time

port, seconds = map(
    int, sys.argv[1:])
road = ("127.0.0.1", port)
s = socket.socket(
    socket.AF_INET,
    socket.SOCK_DGRAM)

s.settimeout(0.5)
answer = b""
while answer != b"go":
    s.sendto(b"hello", road)
    try:
        answer = s.recv(99)
    except OSError:
        pass

s.settimeout(0.02)
end = time.time() + seconds
sent = {}
n = 0
while time.time() < end:
    # Two are under way.
    while len(sent) < 2:
        n += 1
        sent[n] = 0
    now = time.time()
    for k in sent:
        # No answer yet?
        # Send it again!
        at = sent[k]
        if now < at + 0.045:
            continue
        d = b"%d" % k
        s.sendto(d, road)
        sent[k] = now
    try:
        answer = s.recv(99)
    except OSError:
        continue
    if answer == b"go":
        continue
    sent.pop(int(answer), 0)
