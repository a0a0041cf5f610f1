import socket

WHO = "座位 1"  # 你的名字或座位号 / your name or seat
DUPLEX = ("127.0.0.1", 23456)  # 屏幕上的地址 / the address on the screen

s = socket.socket()
s.connect(DUPLEX)
s.sendall(f"{WHO}\n".encode())
s.sendall("你好".encode() * 10000)
# 告诉对方发完了，再读哈希 / say that it was all, then read the hash
print(s.recv(1024))
s.close()
