import socket
from time import sleep

here = ("127.0.0.1", 12345)
s = socket.socket()
s.connect(here)
s.send(b"AAA")
sleep(0.01)
s.send(b"BB")
sleep(0.01)
s.send(b"C")
s.close()
