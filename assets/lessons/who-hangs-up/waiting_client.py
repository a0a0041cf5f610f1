import socket

HERE = ("127.0.0.1", 12345)
s = socket.socket()
s.connect(HERE)
s.send(b"hello")
try:
    print(s.recv(99))
except OSError as error:
    print(error)
s.close()
