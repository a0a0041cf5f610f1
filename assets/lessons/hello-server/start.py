import socket

WHO = "座位 1"  # 你的名字或座位号 / your name or seat
DUPLEX = ("127.0.0.1", 23456)  # 屏幕上的地址 / the address on the screen

s = socket.socket()
s.connect(DUPLEX)
s.sendall(f"{WHO}\n".encode())
# 读到一个数和换行；倒过来发回去，加换行；关闭
# Read a number and a line end; send its digits reversed and a line end; close.
