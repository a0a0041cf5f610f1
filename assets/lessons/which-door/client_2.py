import socket

door = ("127.0.0.2", 12345)
s = socket.socket()
s.settimeout(5)
s.connect(door)
s.close()
