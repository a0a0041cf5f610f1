import socket

s = socket.socket(
    socket.AF_INET,
    socket.SOCK_DGRAM)
ROAD = ("127.0.0.1", 12345)
for n in range(1, 4):
    data = f"{n}".encode()
    s.sendto(data, ROAD)
s.close()
