import socket

WHO = "座位 1"  # 你的名字或座位号 / your name or seat
DUPLEX = ("127.0.0.1", 23456)  # 屏幕上的地址 / the address on the screen
LAST, WINDOW = 60, 8

s = socket.socket(type=socket.SOCK_DGRAM)
s.settimeout(0.5)
for n in range(1, LAST + 1):  # 一次只有一个在路上？/ only one on the way?
    answer = ""
    while answer != f"{n} ok":
        s.sendto(f"{WHO} {n}".encode(), DUPLEX)
        try:
            answer = s.recvfrom(100)[0].decode()
        except OSError:
            print(n, "...")
s.sendto(f"{WHO} done".encode(), DUPLEX)
