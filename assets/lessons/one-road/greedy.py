import socket
import sys
import time

s = socket.socket(
    socket.AF_INET,
    socket.SOCK_DGRAM)
PORT, SECONDS = sys.argv[1:]
ROAD = ("127.0.0.1", int(PORT))
s.settimeout(0.5)
go = b""
while go != b"go":
    s.sendto(b"hello", ROAD)
    try:
        go = s.recv(99)
    except OSError:
        pass

s.settimeout(0.05)
end = time.time() + int(SECONDS)
waiting = {}
n = 0
while time.time() < end:
    # Two are always under way.
    while len(waiting) < 2:
        n += 1
        waiting[n] = 0
    # No answer after 0.05 s?
    # Send it again!
    now = time.time()
    for k, at in waiting.items():
        if now - at > 0.05:
            data = f"{k}".encode()
            s.sendto(data, ROAD)
            waiting[k] = now
    try:
        ok = int(s.recv(99))
        waiting.pop(ok, None)
    except (OSError, ValueError):
        pass
