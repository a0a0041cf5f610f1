"""Counts characters where bytes are to be counted."""

import socket
import sys

page = f"<title>{sys.argv[3]}</title>你好"
listener = socket.create_server((sys.argv[1], int(sys.argv[2])))
while True:
    s, _ = listener.accept()
    s.recv(4096)
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {len(page)}\r\n\r\n"
    s.sendall((head + page).encode())
    s.close()
