import socket

WHO = "座位 1"  # 你的名字或座位号 / your name or seat
DUPLEX = ("127.0.0.1", 23456)  # 屏幕上的地址 / the address on the screen

s = socket.socket(type=socket.SOCK_DGRAM)
s.sendto(WHO.encode(), DUPLEX)
for _ in range(10):
    card, sender = s.recvfrom(1024)
    number, a, b = card.decode().split()
    print(number, a, b)
    # 回答：编号和它们的和 / answer with the number and the sum
