import socket

WHO = "座位 1"  # 你的名字或座位号 / your name or seat
DUPLEX = ("127.0.0.1", 23456)  # 屏幕上的地址 / the address on the screen

s = socket.socket(type=socket.SOCK_DGRAM)
s.sendto(WHO.encode(), DUPLEX)

answered = set()
while len(answered) < 10:  # 十个不同的编号 / ten different numbers
    card, sender = s.recvfrom(1024)
    number, a, b = card.decode().split()
    if number in answered:  # 又来了一次 / it came again
        continue
    answered.add(number)
    s.sendto(f"{number} {int(a) + int(b)}".encode(), sender)
s.close()
