import socket

WHO = "座位 1"  # 你的名字或座位号 / your name or seat
DUPLEX = ("127.0.0.1", 23456)  # 屏幕上的地址 / the address on the screen

s = socket.socket()
s.connect(DUPLEX)
s.sendall(f"{WHO}\n".encode())
while True:
    text = s.recv(1024).decode()  # 这是一行吗？/ is this a line?
    print(text)
    s.sendall(f"{len(text)}\n".encode())
