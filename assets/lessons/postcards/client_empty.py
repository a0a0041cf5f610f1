import socket

UDP = socket.SOCK_DGRAM
here = ("127.0.0.1", 12345)
s = socket.socket(type=UDP)
s.sendto(b"", here)
s.sendto(b"AAA", here)
s.close()
