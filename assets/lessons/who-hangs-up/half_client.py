import socket

HERE = ("127.0.0.1", 12345)
s = socket.socket()
s.connect(HERE)
s.send(b"one ")
s.send(b"two ")
s.shutdown(socket.SHUT_WR)
print(s.recv(99))
s.close()
