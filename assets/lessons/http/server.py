import socket

PAGE = "<h1>你好, 浏览器</h1>"
PAGE = PAGE.encode()
HEAD = (
    "HTTP/1.1 200 OK\r\n"
    "Content-Type: text/html;"
    " charset=utf-8\r\n"
    "Content-Length: "
    f"{len(PAGE)}\r\n\r\n")
HERE = ("127.0.0.1", 12345)
s = socket.socket()
s.bind(HERE)
s.listen(5)
while True:
    c, who = s.accept()
    ask = c.recv(9999)
    print(ask.decode())
    c.send(HEAD.encode())
    c.send(PAGE)
    c.close()
