import socket

WHO = "座位 1"  # 你的名字或座位号 / your name or seat
DUPLEX = ("127.0.0.1", 23456)  # 屏幕上的地址 / the address on the screen

s = socket.socket()
s.connect(DUPLEX)
s.sendall(f"{WHO}\n".encode())

data = b""
while True:
    part = s.recv(1024)  # 只等网络，不等键盘 / wait for the network alone
    if part == b"":  # 流结束了 / the stream has ended
        break
    data += part
    while b"\n" in data:
        line, data = data.split(b"\n", 1)
        s.sendall(b"got " + line + b"\n")
s.close()
