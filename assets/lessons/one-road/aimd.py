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
window = 1
calm = 0
while time.time() < end:
    # So many are under way.
    window = max(1, window)
    while len(sent) < window:
        n += 1
        sent[n] = 0
    now = time.time()
    for k in sent:
        if now < sent[k] + 1:
            continue
        # Lost? Half of it.
        hit = sent[k] > 0
        if hit and now > calm:
            window /= 2
            calm = now + 1
        d = b"%d" % k
        s.sendto(d, road)
        sent[k] = now
    try:
        answer = s.recv(99)
    except OSError:
        continue
    if answer == b"go":
        continue
    # Arrived: a bit more.
    n_ok = int(answer)
    if sent.pop(n_ok, 0):
        window += 1 / window
