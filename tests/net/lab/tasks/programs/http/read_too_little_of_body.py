"""Reads the head, and takes the next recv for the body."""

import hashlib
import socket
import sys

s = socket.create_connection((sys.argv[1], int(sys.argv[2])))
s.sendall(f"GET /{sys.argv[3]} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
answer = b""
while b"\r\n\r\n" not in answer:
    answer += s.recv(4096)
body = answer.split(b"\r\n\r\n", 1)[1] or s.recv(4096)
digest = hashlib.sha256(body).hexdigest()
s.sendall(f"GET /{sys.argv[3]}/sha256/{digest} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
s.recv(100)
