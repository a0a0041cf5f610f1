import socket
from time import sleep

door = ("127.0.0.1", 12345)
one = socket.socket()
one.connect(door)
two = socket.socket()
two.connect(door)
sleep(600)
