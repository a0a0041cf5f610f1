import socket
import time

WHO = "座位 1"  # 你的名字或座位号 / your name or seat
DUPLEX = ("127.0.0.1", 23456)  # 屏幕上的地址 / the address on the screen
LAST, WINDOW = 60, 8
TIMER = 0.3  # 秒 / seconds

s = socket.socket(type=socket.SOCK_DGRAM)
s.settimeout(0.05)
new = 1  # 下一个新的 / the next new one
sent = {}  # 没有回答的：编号 -> 何时发的 / without an answer: number -> when sent
while new <= LAST or sent:
    while new <= LAST and len(sent) < WINDOW:  # 窗口里还有空 / room in the window
        s.sendto(f"{WHO} {new}".encode(), DUPLEX)
        sent[new] = time.monotonic()
        new += 1
    try:
        n = int(s.recvfrom(100)[0].split()[0])
        sent.pop(n, None)  # 只有 n 到了；来两次也不要紧 / n alone; twice does no harm
    except OSError:  # 暂时没有回答：看看谁该重发 / no answer for now: whose timer is over?
        for n, when in sent.items():
            if time.monotonic() - when > TIMER:
                s.sendto(f"{WHO} {n}".encode(), DUPLEX)
                sent[n] = time.monotonic()
s.sendto(f"{WHO} done".encode(), DUPLEX)
s.close()
