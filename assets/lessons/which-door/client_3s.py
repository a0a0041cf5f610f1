import socket

door = ("127.0.0.1", 12345)
s = socket.socket()
s.settimeout(3)
s.connect(door)
s.close()
