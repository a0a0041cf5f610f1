import socket

WHO = "座位 1"  # 你的名字或座位号 / your name or seat
DUPLEX = ("127.0.0.1", 23456)  # 屏幕上的地址 / the address on the screen

s = socket.socket(type=socket.SOCK_DGRAM)
s.sendto(WHO.encode(), DUPLEX)
words = {}  # 编号 -> 词 / number -> word
while True:
    card, sender = s.recvfrom(100)
    if card == b"end":
        break
    number, word = card.decode().split()
    words[int(number)] = word  # 重复的只算一次 / a double is used once
    s.sendto(f"{number} ok".encode(), sender)  # 但是每次都回答 / but always answered
ordered = [words[number] for number in sorted(words)]
s.sendto(("all " + " ".join(ordered)).encode(), DUPLEX)
s.close()
