import socket
import time

WHO = "座位 1"  # 你的名字或座位号 / your name or seat
DUPLEX = ("127.0.0.1", 23456)  # 屏幕上的地址 / the address on the screen
LAST = 300
TIMER = 1.5  # 秒，比排队还长 / longer than the queue takes

s = socket.socket(type=socket.SOCK_DGRAM)
s.settimeout(0.02)
window = 2.0  # 同时在路上的个数 / how many may be on the way
waiting = list(range(LAST, 0, -1))  # 还没发的，从 1 开始 / not sent yet, from 1 on
sent = {}  # 在路上的：编号 -> 何时 / on the way: number -> when
slowed = 0.0

while waiting or sent:
    while waiting and len(sent) < int(window):
        n = waiting.pop()
        s.sendto(f"{WHO} {n}".encode(), DUPLEX)
        sent[n] = time.monotonic()
    try:
        n = int(s.recvfrom(100)[0].split()[0])
    except OSError:  # 暂时没有回答 / no answer for now
        pass
    else:
        if sent.pop(n, None) is not None:
            window += 1 / window  # 每个来回加一 / plus one each round trip
    now = time.monotonic()
    for n in [n for n, when in sent.items() if now - when > TIMER]:
        del sent[n]  # 丢了：再发，并且慢下来 / lost: again, and slow down
        waiting.append(n)
        if now - slowed > TIMER:
            window = max(1.0, window / 2)
            slowed = now
s.sendto(f"{WHO} done".encode(), DUPLEX)
s.close()
