import socket

here = ("127.0.0.1", 12345)
s = socket.socket()
s.connect(here)
s.send(b"AAA ")
s.send(b"BB  ")
s.send(b"C   ")
s.close()
