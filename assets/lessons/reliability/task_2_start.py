import socket

WHO = "座位 1"  # 你的名字或座位号 / your name or seat
DUPLEX = ("127.0.0.1", 23456)  # 屏幕上的地址 / the address on the screen

s = socket.socket(type=socket.SOCK_DGRAM)
s.sendto(WHO.encode(), DUPLEX)
words = []
while True:
    card, sender = s.recvfrom(100)
    if card == b"end":
        break
    number, word = card.decode().split()
    words.append(word)
    s.sendto(f"{number} ok".encode(), sender)
s.sendto(("all " + " ".join(words)).encode(), DUPLEX)
