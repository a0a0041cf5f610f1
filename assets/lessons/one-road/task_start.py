import socket

WHO = "座位 1"  # 你的名字或座位号 / your name or seat
DUPLEX = ("127.0.0.1", 23456)  # 屏幕上的地址 / the address on the screen
LAST = 300

s = socket.socket(type=socket.SOCK_DGRAM)
s.settimeout(1)
missing = set(range(1, LAST + 1))
while missing:
    for n in sorted(missing):  # 一次全发出去？/ all at once?
        s.sendto(f"{WHO} {n}".encode(), DUPLEX)
    try:
        while True:
            answer = s.recvfrom(100)[0].decode()
            missing.discard(int(answer.split()[0]))
    except OSError:
        pass
s.sendto(f"{WHO} done".encode(), DUPLEX)
