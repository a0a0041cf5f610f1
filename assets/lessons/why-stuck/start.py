import socket

WHO = "座位 1"  # 你的名字或座位号 / your name or seat
DUPLEX = ("127.0.0.1", 23456)  # 屏幕上的地址 / the address on the screen

s = socket.socket()
s.connect(DUPLEX)
s.sendall(f"{WHO}\n".encode())
while True:
    message = input("You: ")  # 卡在这里！/ stuck here!
    s.sendall(f"{message}\n".encode())
    print(s.recv(1024).decode())
