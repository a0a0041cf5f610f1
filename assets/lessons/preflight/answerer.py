import socket

s = socket.socket(
    socket.AF_INET,
    socket.SOCK_DGRAM)
s.bind(("127.0.0.1", 12345))
s.recvfrom(99)
s.close()
