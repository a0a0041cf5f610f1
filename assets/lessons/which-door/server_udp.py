import socket

UDP = socket.SOCK_DGRAM
here = ("127.0.0.1", 12345)
s = socket.socket(type=UDP)
s.bind(here)
print(s.recvfrom(100))
