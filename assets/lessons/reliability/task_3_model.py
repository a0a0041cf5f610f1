import socket

WHO = "座位 1"  # 你的名字或座位号 / your name or seat
DUPLEX = ("127.0.0.1", 23456)  # 屏幕上的地址 / the address on the screen
LAST, WINDOW = 60, 8

s = socket.socket(type=socket.SOCK_DGRAM)
s.settimeout(0.3)  # 定时器 / the timer
base = 1  # 第一个没有回答的 / the first one without an answer
new = 1  # 下一个要发的 / the next one to send
while base <= LAST:
    while new < base + WINDOW and new <= LAST:  # 窗口里还有空 / room in the window
        s.sendto(f"{WHO} {new}".encode(), DUPLEX)
        new += 1
    try:
        n = int(s.recvfrom(100)[0].split()[0])
        base = max(base, n + 1)  # 到 n 为止都到了；不后退 / all up to n; never back
    except OSError:
        print(base, "...")
        new = base  # 超时：退回去，全部重发 / time-out: go back, send all again
    new = max(new, base)
s.sendto(f"{WHO} done".encode(), DUPLEX)
s.close()
