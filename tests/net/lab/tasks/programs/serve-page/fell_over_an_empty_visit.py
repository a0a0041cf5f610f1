"""Does not look at b""."""

import socket
import sys

page = f"<title>{sys.argv[3]}</title>你好".encode()
listener = socket.create_server((sys.argv[1], int(sys.argv[2])))
while True:
    s, _ = listener.accept()
    request = b""
    while b"\r\n\r\n" not in request:
        part = s.recv(4096)
        if not part:
            request.split(b" ")[1]
        request += part
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {len(page)}\r\n\r\n"
    s.sendall(head.encode() + page)
    s.close()
