import socket

door = ("127.0.0.2", 12345)
s = socket.socket()
s.settimeout(5)
try:
    s.connect(door)
    print("open")
except OSError as why:
    print(why)
s.close()
