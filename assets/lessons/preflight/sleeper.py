import socket

s = socket.socket(
    socket.AF_INET,
    socket.SOCK_DGRAM)
s.setsockopt(
    socket.SOL_SOCKET,
    socket.SO_RCVBUF, 2304)
s.bind(("127.0.0.1", 12346))
s.recvfrom(99)
s.close()
