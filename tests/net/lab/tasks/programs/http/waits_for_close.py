"""Reads until the end of the stream."""

import hashlib
import socket
import sys

s = socket.create_connection((sys.argv[1], int(sys.argv[2])))
s.sendall(f"GET /{sys.argv[3]} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
answer = b""
while part := s.recv(4096):
    answer += part
body = answer.split(b"\r\n\r\n", 1)[1]
s.sendall(f"GET /{sys.argv[3]}/sha256/{hashlib.sha256(body).hexdigest()} HTTP/1.1\r\n\r\n".encode())
