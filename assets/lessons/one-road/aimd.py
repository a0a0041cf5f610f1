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
window = 1
halved = 0
while time.time() < end:
    # As many as the window.
    while len(waiting) < int(window):
        n += 1
        waiting[n] = 0
    now = time.time()
    for k, at in waiting.items():
        lost = at and now - at > 1
        if lost and now - halved > 1:
            # Too many: half.
            window = window / 2
            window = max(1, window)
            halved = now
        if lost or not at:
            data = f"{k}".encode()
            s.sendto(data, ROAD)
            waiting[k] = now
    try:
        ok = int(s.recv(99))
        if waiting.pop(ok, 0):
            # It arrived: a bit more.
            window += 1 / window
    except (OSError, ValueError):
        pass
