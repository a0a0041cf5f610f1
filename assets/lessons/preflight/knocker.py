import socket

s = socket.socket(
    socket.AF_INET,
    socket.SOCK_DGRAM)
HERE = ("127.0.0.1", 12345)
s.sendto(b"knock", HERE)
s.close()
