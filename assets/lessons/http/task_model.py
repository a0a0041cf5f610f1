import hashlib
import socket

WHO = "seat1"  # 你的名字或座位号，没有空格 / your name or seat, without spaces
DUPLEX = ("127.0.0.1", 23456)  # 屏幕上的地址 / the address on the screen


def receive(most):
    part = s.recv(most)
    if part == b"":  # 对方挂断了 / the other hung up
        raise SystemExit("?")
    return part


s = socket.socket()
s.connect(DUPLEX)
s.sendall(f"GET /{WHO} HTTP/1.1\r\nHost: duplex\r\n\r\n".encode())

data = b""
while b"\r\n\r\n" not in data:  # 头到空行为止 / the head ends with an empty line
    data += receive(1024)
head, body = data.split(b"\r\n\r\n", 1)  # 后面已是正文 / behind it the body begins
for line in head.decode().split("\r\n")[1:]:
    name, value = line.split(":", 1)
    if name.lower() == "content-length":  # 大小写都可以 / in any case
        length = int(value)
while len(body) < length:  # 正好这么多字节 / exactly so many bytes
    body += receive(length - len(body))

hexadecimal = hashlib.sha256(body).hexdigest()
s.sendall(f"GET /{WHO}/sha256/{hexadecimal} HTTP/1.1\r\nHost: duplex\r\n\r\n".encode())
print(receive(1024).decode())
s.close()
