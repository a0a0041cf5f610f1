import socket

s = socket.socket(
    socket.AF_INET,
    socket.SOCK_DGRAM)
for n in range(50):
    s.sendto(b"x" * 99, ("127.0.0.1", 12346))
s.close()
