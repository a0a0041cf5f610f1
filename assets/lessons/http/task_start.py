import socket

WHO = "seat1"  # 你的名字或座位号，没有空格 / your name or seat, without spaces
DUPLEX = ("127.0.0.1", 23456)  # 屏幕上的地址 / the address on the screen

s = socket.socket()
s.connect(DUPLEX)
s.sendall(f"GET /{WHO} HTTP/1.1\r\nHost: duplex\r\n\r\n".encode())
answer = b""
while True:
    part = s.recv(1024)
    if part == b"":  # 会来吗？/ will that come?
        break
    answer += part
print(answer.decode())
