import socket

WHO = "座位 1"  # 你的名字或座位号 / your name or seat
PAGE = f"<!doctype html><title>{WHO}</title><h1>你好</h1>"

listener = socket.socket()
# 重启时端口马上能再用 / the port is free at once when you restart it
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("127.0.0.1", 8080))
listener.listen(5)
s, address = listener.accept()
request = s.recv(1024)  # 请求到齐了吗？/ is the request whole?
print(request.decode())
s.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + PAGE.encode())
s.close()
