import socket

here = ("127.0.0.1", 12345)
s = socket.socket()
s.connect(here)
s.send(b"AAA\n")
s.send(b"BB\n")
s.send(b"C\n")
s.close()
