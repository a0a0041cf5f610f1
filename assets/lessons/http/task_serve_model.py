import socket

WHO = "座位 1"  # 你的名字或座位号 / your name or seat
PAGE = f"<!doctype html><title>{WHO}</title><h1>你好</h1>"


def answer_of(request):
    path = request.decode().split(" ")[1]
    status, page = ("200 OK", PAGE) if path == "/" else ("404 Not Found", "404")
    body = page.encode()  # 先编码再数 / encode, then count
    head = f"HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\n"
    head += f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    return head.encode() + body


listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("127.0.0.1", 8080))
listener.listen(5)
while True:  # 一个接一个 / one after the other
    s, address = listener.accept()
    request = b""
    while b"\r\n\r\n" not in request:  # 到空行为止 / until the empty line
        part = s.recv(1024)
        if part == b"":  # 没说话就走了 / left without a word
            break
        request += part
    else:
        s.sendall(answer_of(request))
    s.close()
