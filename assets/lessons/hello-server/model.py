import socket

WHO = "座位 1"  # 你的名字或座位号 / your name or seat
DUPLEX = ("127.0.0.1", 23456)  # 屏幕上的地址 / the address on the screen

s = socket.socket()
s.connect(DUPLEX)
s.sendall(f"{WHO}\n".encode())

data = b""
while b"\n" not in data:  # 一次 recv 不一定到齐 / one recv may not be all
    part = s.recv(100)
    if part == b"":  # 对方挂断了 / the other hung up
        raise SystemExit("?")
    data += part
number = data.decode().strip()  # 去掉换行 / without the line end
s.sendall(f"{number[::-1]}\n".encode())
s.close()
