import socket

WHO = "座位 1"  # 你的名字或座位号 / your name or seat
DUPLEX = ("127.0.0.1", 23456)  # 屏幕上的地址 / the address on the screen

s = socket.socket(type=socket.SOCK_DGRAM)
for n in range(1, 11):
    s.sendto(f"{WHO} {n}".encode(), DUPLEX)
    answer, sender = s.recvfrom(100)  # 要是丢了呢？/ and if it was lost?
    print(answer.decode())
s.sendto(f"{WHO} done".encode(), DUPLEX)
