import socket

HERE = ("127.0.0.1", 12345)
s = socket.socket()
s.connect(HERE)
ask = "GET / HTTP/1.1\r\n"
ask += "Host: 127.0.0.1\r\n"
s.send(ask.encode() + b"\r\n")
while data := s.recv(9999):
    print(data.decode())
s.close()
