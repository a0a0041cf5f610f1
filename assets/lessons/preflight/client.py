import socket

HERE = ("127.0.0.1", 12345)
s = socket.socket()
s.connect(HERE)
s.send(b"hello")
s.close()
