import socket

WHO = "座位 1"  # 你的名字或座位号 / your name or seat
DUPLEX = ("127.0.0.1", 23456)  # 屏幕上的地址 / the address on the screen

s = socket.socket(type=socket.SOCK_DGRAM)
s.settimeout(0.5)  # 定时器 / the timer
for n in range(1, 11):
    while True:
        s.sendto(f"{WHO} {n}".encode(), DUPLEX)
        try:
            answer = s.recvfrom(100)[0].decode()
            while answer != f"{n} ok":  # 旧的回答不算 / an old answer does not count
                answer = s.recvfrom(100)[0].decode()
            break
        except OSError:  # 超时：再发一次 / time-out: send again
            print(n, "...")
s.sendto(f"{WHO} done".encode(), DUPLEX)
s.close()
