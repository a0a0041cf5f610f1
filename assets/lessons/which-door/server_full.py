import socket
from time import sleep

here = ("127.0.0.1", 12345)
s = socket.socket()
s.bind(here)
s.listen(1)
sleep(600)
